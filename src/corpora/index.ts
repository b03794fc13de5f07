export { CORPORA, corpusNamed } from './corpora.ts';
export type { ClipLabels, Corpus, CorpusTable, RecognisedClip, SkippedClip } from './corpus.ts';
export { EMOTIONS, emotionInName, type Emotion } from './emotions.ts';
export { exploreCorpora, type Exploration } from './exploring/explore.ts';
export type { CorpusSource } from './fetching/corpus-source.ts';
export type { RetryPolicy } from './fetching/download.ts';
export { downloadableSource, fetchCorpus, type FetchOptions } from './fetching/fetch-corpus.ts';
export {
  describeProblems,
  type CorpusFindings,
  type DuplicatedFile,
  type FileProblem,
  type ScanFindings,
} from './findings.ts';
export { createManifest, readManifest, writeManifest, type Manifest, type ManifestEntry } from './manifest.ts';
export { scanCorpora, type CorpusScan } from './scan.ts';
