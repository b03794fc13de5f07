/** Manifests for tests of splits and scores: made up, or read off the file names of `../shared/corpora`. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Emotion } from '../../src/corpora/emotions.ts';
import type { ManifestEntry } from '../../src/corpora/manifest.ts';
import { CorpusTables, recogniseFiles } from '../../src/corpora/recognise.ts';

export const CORPORA_FOLDER = join(import.meta.dirname, '../../../shared/corpora');
export const hasCorpora = existsSync(CORPORA_FOLDER);

export interface MadeUpCorpus {
  readonly corpus: string;
  readonly women: number;
  readonly men: number;
  readonly emotions: readonly Emotion[];
  /** Sentences that are said in every emotion. */
  readonly sentences: number;
  /** Sentences that each emotion has for itself. */
  readonly ownSentences?: number;
}

/** One clip of every speaker, emotion and sentence. */
export function madeUpClips({
  corpus,
  women,
  men,
  emotions,
  sentences,
  ownSentences = 0,
}: MadeUpCorpus): ManifestEntry[] {
  const entries: ManifestEntry[] = [];
  for (let number = 0; number < women + men; number++) {
    const speaker = `${corpus}/${String(number).padStart(3, '0')}`;
    for (const emotion of emotions) {
      for (let text = 0; text < sentences + ownSentences; text++) {
        const sentence = `${corpus}/${text < sentences ? '' : emotion}${text}`;
        const id = `${speaker}_${emotion}_${text}`;
        const sex = number < women ? 'female' : 'male';
        entries.push({ id, path: `/clips/${id}.wav`, durationMs: 2000, corpus, speaker, sex, emotion, sentence });
      }
    }
  }
  return entries;
}

const SIX = ['neutral', 'happy', 'sad', 'angry', 'fearful', 'disgust'] as const;

/** The four corpora in their proportions, with fewer clips of each speaker. */
export function fourCorpora(): ManifestEntry[] {
  return [
    ...madeUpClips({ corpus: 'CREMA-D', women: 36, men: 40, emotions: SIX, sentences: 12 }),
    ...madeUpClips({ corpus: 'RAVDESS', women: 10, men: 10, emotions: [...SIX, 'calm', 'surprised'], sentences: 2 }),
    ...madeUpClips({
      corpus: 'SAVEE',
      women: 0,
      men: 3,
      emotions: [...SIX, 'surprised'],
      sentences: 0,
      ownSentences: 15,
    }),
    ...madeUpClips({ corpus: 'TESS', women: 2, men: 0, emotions: [...SIX, 'surprised'], sentences: 50 }),
  ];
}

/** The real corpora's clips, from their file names and tables alone; only where {@link hasCorpora}. */
export async function realClips(): Promise<ManifestEntry[]> {
  const files = readdirSync(CORPORA_FOLDER, { recursive: true, encoding: 'utf8' }).sort();
  const { clips } = recogniseFiles(
    CORPORA_FOLDER,
    files.map((file) => join(CORPORA_FOLDER, file)),
  );
  const tables = await CorpusTables.find(CORPORA_FOLDER);
  return (await tables.complete(clips)).map(({ corpus, name, file, labels }) => ({
    id: `${corpus.name}/${name}`,
    path: file,
    durationMs: 2000,
    corpus: corpus.name,
    speaker: `${corpus.name}/${labels.speaker}`,
    emotion: labels.emotion,
    ...(labels.sex === undefined ? {} : { sex: labels.sex }),
    ...(labels.sentence === undefined ? {} : { sentence: `${corpus.name}/${labels.sentence}` }),
  }));
}
