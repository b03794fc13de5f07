import { stat } from 'node:fs/promises';
import { EMOTIONS, type Emotion } from '../corpora/emotions.ts';
import { createManifest, readManifest, type Manifest } from '../corpora/manifest.ts';
import { scanCorpora } from '../corpora/scan.ts';
import { UndertoneError } from '../errors.ts';
import type { WorkerOptions } from '../workers.ts';
import { FeatureBank, type FeatureBankOptions } from './feature-bank.ts';
import type { TrainingRecipe } from './recipe.ts';

/** Labelled clips, and what a recipe hears in them. */
export interface TrainingData {
  /** The clips that the recipe asks for and that gave features. */
  readonly manifest: Manifest;
  /** The emotions that occur, in the order of the network's outputs. */
  readonly labels: readonly Emotion[];
  /** By the indexes of the manifest's entries. */
  readonly bank: FeatureBank;
}

/** How to open data: on how many threads, with which cache, and whom to tell. */
export type OpenOptions = Pick<FeatureBankOptions, 'threads' | 'cacheFolder' | 'onProgress' | 'onWarning' | 'signal'>;

/**
 * The labelled clips of a manifest (a file) or of corpora in a folder.
 * @throws UndertoneError AUDIO_NOT_FOUND, CORPUS_EMPTY, CORPUS_TABLE_INVALID, MANIFEST_INVALID
 */
export async function labelledClips(path: string, options: WorkerOptions): Promise<Manifest> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => path.endsWith('.jsonl'),
  );
  return isFile ? readManifest(path) : (await scanCorpora(path, options)).manifest;
}

/**
 * The clips of the corpora that a recipe asks for.
 * @throws UndertoneError TRAINING_DATA_UNUSABLE where that is none, or all have one emotion
 */
export function chooseClips({ entries }: Manifest, { name, corpora }: TrainingRecipe): Manifest {
  const chosen = corpora === null ? entries : entries.filter(({ corpus }) => corpora.includes(corpus));
  const [only, another] = new Set(chosen.map(({ emotion }) => emotion));
  if (only === undefined) {
    const there = [...new Set(entries.map(({ corpus }) => corpus))].join(', ');
    throw unusable(
      `recipe ${name} wants clips of ${corpora?.join(', ') ?? 'any corpus'}; there are ${there || 'none'}`,
    );
  }
  if (another === undefined)
    throw unusable(`all ${chosen.length} clips are ${only}, so there is nothing to tell apart`);
  return createManifest(chosen);
}

function unusable(problem: string): UndertoneError {
  return new UndertoneError('TRAINING_DATA_UNUSABLE', {
    problem,
    remedy:
      'Name a folder of labelled recordings of several emotions; `undertone corpora scan` says what a folder has.',
  });
}

/**
 * Hears all clips as a recipe says. A recording that gives no features is left out, with a warning.
 * @throws UndertoneError TRAINING_DATA_UNUSABLE
 */
export async function openTrainingData(
  manifest: Manifest,
  recipe: TrainingRecipe,
  options: OpenOptions,
): Promise<TrainingData> {
  const chosen = chooseClips(manifest, recipe);
  const bank = await openBank(chosen.entries, recipe, options);
  if (bank.failures.length === 0) return { manifest: chosen, labels: occurringLabels(chosen), bank };
  for (const { index, problem } of bank.failures) options.onWarning?.(`${chosen.entries[index]!.path}: ${problem}`);
  const heard = createManifest(chosen.entries.filter((_, index) => bank.has(index)));
  return openTrainingData(heard, recipe, options);
}

/** The emotions that occur, in the order of EMOTIONS. */
export const occurringLabels = ({ entries }: Manifest): Emotion[] =>
  EMOTIONS.filter((label) => entries.some(({ emotion }) => emotion === label));

/** The features of clips as a recipe hears them; `hearing` for another channel than the recording's. */
export function openBank(
  entries: FeatureBankOptions['entries'],
  { input, heard }: TrainingRecipe,
  options: OpenOptions & Pick<FeatureBankOptions, 'hearing' | 'copies'>,
): Promise<FeatureBank> {
  return FeatureBank.open({ entries, input, copies: heard.copies, heard: heard.chain, ...options });
}
