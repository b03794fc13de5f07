/**
 * Trains a tiny network in a process that tests may kill: `node training-run.ts <manifest> <cache> <out> <resume|anew>`.
 * Says a line a step, so that the test knows when.
 */
import { readManifest } from '../../src/corpora/index.ts';
import { splitManifest } from '../../src/corpora/splits.ts';
import { openTrainingData, trainModel } from '../../src/training/index.ts';
import { tinyRecipe } from './tiny-training.ts';

const [manifest = '', cache = '', folder = '', how] = process.argv.slice(2);
const recipe = tinyRecipe({ epochs: 6 });
const data = await openTrainingData(await readManifest(manifest), recipe, { cacheFolder: cache });
const [split] = splitManifest(data.manifest.entries, { protocol: 'speaker', folds: 3, seed: 1 });
await trainModel(data, split!, {
  recipe,
  seed: 1,
  folder,
  id: 'killed',
  resume: how === 'resume',
  createdAt: new Date(0),
  trainer: {
    threads: 1,
    checkpointEveryMs: 0,
    onProgress: ({ step, steps }) => process.stdout.write(`${step}/${steps}\n`),
  },
});
