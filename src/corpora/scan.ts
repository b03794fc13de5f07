import { resolve } from 'node:path';
import { findRecordings } from '../audio/find-recordings.ts';
import { UndertoneError } from '../errors.ts';
import { mapInWorkers, type WorkerOptions } from '../workers.ts';
import { CORPORA } from './corpora.ts';
import { stemAndFolder } from './corpus.ts';
import { emotionInName } from './emotions.ts';
import type { CorpusFindings, DuplicatedFile, FileProblem, ScanFindings } from './findings.ts';
import { createManifest, type Manifest, type ManifestEntry } from './manifest.ts';
import { CorpusTables, recogniseFiles, type Clip } from './recognise.ts';
import type { ClipSound } from './scan-worker.ts';

/** Half of a thousandth of full scale: nothing that a listener would notice, dithered or re-encoded silence included. */
const SILENT_BELOW = 0.0005;

/** The usable clips of a folder, and what was found in it. */
export interface CorpusScan {
  readonly manifest: Manifest;
  readonly findings: ScanFindings;
}

type HeardClip = Clip & Exclude<ClipSound, { error: string }>;

/**
 * Finds the clips of all known corpora below a folder, in whatever layout, decodes them on all cores and says what is
 * usable, missing, damaged, duplicated, silent or mislabelled.
 * @throws UndertoneError AUDIO_NOT_FOUND for what is no folder or has no recordings, CORPUS_EMPTY where no recording is
 *   of a known corpus, CORPUS_TABLE_INVALID
 */
export async function scanCorpora(folder: string, options: WorkerOptions = {}): Promise<CorpusScan> {
  const { clips: named, skipped, unrecognised } = recogniseFiles(folder, await findRecordings(folder));
  if (named.length === 0) {
    throw new UndertoneError('CORPUS_EMPTY', {
      subject: folder,
      problem: 'has recordings in it, but none that is named like a clip of a known corpus',
      remedy: `Keep the original file names of ${CORPORA.map(({ name }) => name).join(', ')}.`,
    });
  }
  const tables = await CorpusTables.find(folder);
  const clips = await tables.complete(named);
  const files = clips.map(({ file }) => file);
  const job = { module: new URL('./scan-worker', import.meta.url), name: 'hearClips' };
  const { kept, ...problems } = sortOut(clips, await mapInWorkers<ClipSound>(files, job, options));
  const manifest = createManifest(kept.map(manifestEntry));
  const present = CORPORA.filter((corpus) => skipped.has(corpus) || clips.some((clip) => clip.corpus === corpus));
  const corpora = present.map((corpus): CorpusFindings => {
    const own = clips.filter((clip) => clip.corpus === corpus);
    const found = new Set(own.map(idOf)).size;
    const speakers = new Set(own.map(({ labels }) => labels.speaker));
    return {
      corpus: corpus.name,
      found,
      official: corpus.clips,
      usable: manifest.entries.filter((entry) => entry.corpus === corpus.name).length,
      missing: Math.max(0, corpus.clips - found),
      missingSpeakers: corpus.speakers.filter((speaker) => !speakers.has(speaker)),
      skipped: skipped.get(corpus) ?? {},
      missingTables: tables.missing(corpus),
    };
  });
  return { manifest, findings: { corpora, ...problems, unrecognised } };
}

function manifestEntry(clip: HeardClip): ManifestEntry {
  const { corpus, labels, file, durationMs, content } = clip;
  const { speaker, sentence, ...same } = labels;
  return {
    id: idOf(clip),
    path: resolve(file),
    durationMs,
    corpus: corpus.name,
    speaker: `${corpus.name}/${speaker}`,
    ...same,
    ...(sentence === undefined ? {} : { sentence: `${corpus.name}/${sentence}` }),
    content,
  };
}

/** Unique over corpora. */
function idOf({ corpus, name }: Clip): string {
  return `${corpus.name}/${name}`;
}

/** Divides clips into those that can be used and those that cannot, and why. */
function sortOut(clips: readonly Clip[], sounds: readonly ClipSound[]) {
  const damaged: FileProblem[] = [];
  const silent: string[] = [];
  const heard = clips.flatMap((clip, i): HeardClip[] => {
    const sound = sounds[i]!;
    if ('error' in sound) damaged.push({ path: clip.path, problem: sound.error });
    else if (sound.peak < SILENT_BELOW) silent.push(clip.path);
    else return [{ ...clip, ...sound }];
    return [];
  });
  // Of two copies the sound one is kept.
  const { different, duplicated } = withoutCopies(heard.sort((a, b) => a.warnings.length - b.warnings.length));
  const mislabelled = different.flatMap((clip) => {
    const folderSays = folderContradiction(clip);
    const problem = `its name says ${clip.labels.emotion}, speaker ${clip.labels.speaker}; its folder ${folderSays ?? ''}`;
    return folderSays === undefined ? [] : [{ path: clip.path, problem }];
  });
  const { kept, copies, contradictions } = withoutEqualSound(different);
  const flawed = kept.flatMap(({ path, warnings }) =>
    warnings.length === 0 ? [] : [{ path, problem: warnings.join(' ') }],
  );
  return {
    kept,
    damaged,
    flawed,
    duplicated: [...duplicated, ...copies],
    silent,
    mislabelled: [...mislabelled, ...contradictions],
  };
}

/** What a clip's folder says where that is not what the clip's name says. */
function folderContradiction({ labels, path, contradiction }: Clip): string | undefined {
  const folderEmotion = emotionInName(stemAndFolder(path).folder);
  return folderEmotion !== undefined && folderEmotion !== labels.emotion ? folderEmotion : contradiction;
}

function withoutCopies(clips: readonly HeardClip[]) {
  const byId = new Map<string, HeardClip>();
  const duplicated: DuplicatedFile[] = [];
  for (const clip of clips) {
    const first = byId.get(idOf(clip));
    if (first === undefined) byId.set(idOf(clip), clip);
    else
      duplicated.push({ path: clip.path, sameAs: first.path, by: first.content === clip.content ? 'content' : 'name' });
  }
  return { different: [...byId.values()], duplicated };
}

/** Finds equal recordings under different names: one is enough where their labels agree, none can be trusted otherwise. */
function withoutEqualSound(clips: readonly HeardClip[]) {
  const kept: HeardClip[] = [];
  const copies: DuplicatedFile[] = [];
  const contradictions: FileProblem[] = [];
  for (const equal of Map.groupBy(clips, ({ content }) => content).values()) {
    const [first, ...others] = equal;
    const whoAndHow = ({ corpus, labels }: HeardClip): string => `${corpus.name}/${labels.speaker} ${labels.emotion}`;
    if (others.every((other) => whoAndHow(other) === whoAndHow(first!))) {
      kept.push(first!);
      for (const { path } of others) copies.push({ path, sameAs: first!.path, by: 'content' });
    } else {
      for (const clip of equal) {
        const other = equal.find((candidate) => whoAndHow(candidate) !== whoAndHow(clip))!;
        contradictions.push({ path: clip.path, problem: `is the same recording as ${other.path}` });
      }
    }
  }
  return { kept, copies, contradictions };
}
