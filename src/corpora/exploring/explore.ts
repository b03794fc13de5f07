import { basename, resolve } from 'node:path';
import { decodeAudio } from '../../audio/index.ts';
import { FeatureExtractor } from '../../features/index.ts';
import { pictureFeatures, picturePanels, recordingPicture } from '../../pictures/index.ts';
import { mapInWorkers, type WorkerOptions } from '../../workers.ts';
import { EMOTIONS } from '../emotions.ts';
import type { ManifestEntry } from '../manifest.ts';
import { scanCorpora } from '../scan.ts';
import { explorationReport, type Example } from './report.ts';
import type { ClipMeasures } from './measure-worker.ts';

/** Of each emotion of each corpus so many clips are measured: enough for percentiles, and quick. */
const MEASURED = 120;

const FRAMING = { sampleRateHz: 16_000, nFft: 1_024, hopLength: 128 } as const;

/** An exploration's page, and how much is in it. */
export interface Exploration {
  /** A whole HTML document that needs nothing but itself. No sound is in it. */
  readonly html: string;
  readonly clips: number;
  readonly measured: number;
}

/**
 * Explores the corpora below a folder: what there is of which emotion by corpus, sex and speaker; durations, loudness
 * and pitch by emotion; a picture of one clip of each.
 * @param options `onProgress` is called for the scan first and the measuring then
 * @throws UndertoneError what {@link scanCorpora} throws
 */
export async function exploreCorpora(folder: string, options: WorkerOptions = {}): Promise<Exploration> {
  const { manifest, findings } = await scanCorpora(folder, options);
  const sample = sampleEvenly(manifest.entries);
  const measures = await mapInWorkers<ClipMeasures>(
    sample.map(({ path }) => path),
    { module: new URL('./measure-worker', import.meta.url), name: 'measureClips' },
    options,
  );
  const measured = sample.map((entry, i) => ({ entry, ...measures[i]! }));
  const examples: Example[] = [];
  for (const entry of chooseExamples(manifest.entries)) examples.push({ entry, svg: await drawClip(entry) });
  const title = `What is in ${basename(resolve(folder))}`;
  const html = explorationReport({ title, manifest, findings, measured, examples });
  return { html, clips: manifest.entries.length, measured: measured.length };
}

/** Clips at even distances in the order of their ids, so that all speakers are heard. */
function sampleEvenly(entries: readonly ManifestEntry[]): ManifestEntry[] {
  const strata = Map.groupBy(entries, ({ corpus, emotion }) => `${corpus} ${emotion}`);
  return [...strata.values()].flatMap((stratum) => {
    const step = Math.max(1, stratum.length / MEASURED);
    return Array.from({ length: Math.min(MEASURED, stratum.length) }, (_, i) => stratum[Math.floor(i * step)]!);
  });
}

/** One clip of each emotion, of the voice that has most of them and of one sentence where possible: comparable pictures. */
function chooseExamples(entries: readonly ManifestEntry[]): ManifestEntry[] {
  const variety = ([, clips]: [string, ManifestEntry[]]): number => new Set(clips.map(({ emotion }) => emotion)).size;
  const voices = [...Map.groupBy(entries, ({ speaker }) => speaker)].sort((a, b) => variety(b) - variety(a));
  const [, favourite] = voices[0]!;
  const sentence = favourite[0]!.sentence;
  return EMOTIONS.flatMap((emotion) => {
    const clips = favourite.filter((clip) => clip.emotion === emotion);
    const clip =
      clips.find((candidate) => candidate.sentence === sentence) ??
      clips[0] ??
      entries.find((candidate) => candidate.emotion === emotion);
    return clip === undefined ? [] : [clip];
  });
}

async function drawClip(entry: ManifestEntry): Promise<string> {
  const { sampleRateHz } = FRAMING;
  const { samples } = await decodeAudio(entry.path, { sampleRateHz });
  const extractor = FeatureExtractor.fromConfig(pictureFeatures(FRAMING));
  const panels = picturePanels(extractor, extractor.extract(samples));
  const subtitle = `${entry.emotion}, ${(entry.durationMs / 1_000).toFixed(2)} s`;
  return recordingPicture({ title: entry.id, subtitle, samples, sampleRateHz, ...panels });
}
