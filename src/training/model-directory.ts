import { hash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseModelConfig, type ModelConfig, type Normalisation } from '../predictor/index.ts';
import { CONFIG_FILE } from '../predictor/model-store.ts';
import { unwritable, writeFileWhole } from '../whole-file.ts';
import type { TrainingRecipe } from './recipe.ts';

/** A trained network as it is written down. */
export interface ModelParts {
  readonly name: string;
  readonly description: string;
  readonly recipe: TrainingRecipe;
  readonly labels: readonly string[];
  readonly normalisation: Normalisation;
  readonly calibration: ModelConfig['calibration'];
  /** The network: features in, logits out. */
  readonly onnx: Uint8Array;
  /** Further files by their names: metrics, reports, the model card. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Writes a model's folder so that `EmotionPredictor` can load it. Its config.json comes last: a folder without one is no
 * model yet.
 * @param id the model's name: that of the folder
 * @throws UndertoneError OUTPUT_UNWRITABLE
 */
export async function writeModel(folder: string, id: string, parts: ModelParts): Promise<ModelConfig> {
  const { name, description, labels, normalisation, calibration, onnx, recipe, files } = parts;
  const { sampleRateHz, trim, level, features, logFloor } = recipe.input;
  const config = parseModelConfig(
    {
      format: 1,
      id,
      name,
      description,
      labels,
      sha256: hash('sha256', onnx),
      input: { kind: 'features', sampleRateHz, trim, level, features, logFloor, normalisation },
      calibration,
    },
    join(folder, CONFIG_FILE),
  );
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw unwritable(folder, cause);
  });
  await writeFileWhole(join(folder, config.weights), [onnx]);
  for (const [file, text] of Object.entries(files)) await writeFileWhole(join(folder, file), [text]);
  await writeFileWhole(join(folder, CONFIG_FILE), [`${JSON.stringify(config, null, 2)}\n`]);
  return config;
}
