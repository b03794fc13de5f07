import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createManifest, scanCorpora, type Manifest } from '../../src/corpora/index.ts';
import { openTrainingData, parseRecipe, type TrainingData, type TrainingRecipe } from '../../src/training/index.ts';
import { openBank } from '../../src/training/training-data.ts';
import type { NetworkConfigInput } from '../../src/networks/index.ts';
import { emotionalCorpus } from './emotional-corpus.ts';

const NETWORKS: Record<NetworkConfigInput['kind'], NetworkConfigInput> = {
  cnn: { kind: 'cnn', convolutions: [{ filters: 12, kernel: 5, pool: 2 }], attentionUnits: 0 },
  lstm: { kind: 'lstm', lstmUnits: 8, attentionUnits: 0 },
  'cnn-lstm': {
    kind: 'cnn-lstm',
    convolutions: [{ filters: 12, kernel: 5, pool: 4 }],
    lstmUnits: 6,
    attentionUnits: 4,
  },
};

/** A recipe that trains in a second or two; a few of its settings may be others. */
export function tinyRecipe(
  changes: Partial<TrainingRecipe> = {},
  kind: NetworkConfigInput['kind'] = 'cnn-lstm',
): TrainingRecipe {
  const recipe = parseRecipe(
    {
      name: 'test',
      input: {
        features: {
          sampleRateHz: 16_000,
          nFft: 512,
          hopLength: 256,
          features: [{ name: 'melspectrogram', nMels: 12, fmin: 50, fmax: 7_600 }],
        },
      },
      network: NETWORKS[kind],
      heard: { copies: 0 },
      crop: { frames: 24 },
      augmentation: { masks: { timeMasks: 1, timeFrames: 3, frequencyMasks: 1, frequencyDims: 1 }, mixupAlpha: 0.2 },
      optimiser: { learningRate: 0.02, warmUp: 0.2, averageDecay: 0.8 },
      batch: 8,
      epochs: 2,
    },
    'test recipe',
  );
  return { ...recipe, ...changes };
}

/** The clips of a synthesised corpus, found and heard. */
export async function tinyData(
  recipe: TrainingRecipe,
  corpus: Parameters<typeof emotionalCorpus>[0] = {},
): Promise<TrainingData> {
  const folder = emotionalCorpus(corpus);
  const actors = readdirSync(folder).map((actor) => join(folder, actor));
  const scans = await Promise.all(actors.map((actor) => scanCorpora(actor)));
  return hear(createManifest(scans.flatMap(({ manifest }) => manifest.entries)), recipe, join(folder, 'cache'));
}

/** Recordings that a bank hears without starting threads, which cannot run inside Jest. */
const HEARD_HERE = 16;

/** Hears clips bit by bit. */
export async function hear(manifest: Manifest, recipe: TrainingRecipe, cacheFolder: string): Promise<TrainingData> {
  const { entries } = manifest;
  for (let start = 0; start < entries.length; start += HEARD_HERE) {
    await openBank(entries.slice(start, start + HEARD_HERE), recipe, { cacheFolder });
  }
  return openTrainingData(manifest, recipe, { cacheFolder });
}
