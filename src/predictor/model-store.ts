import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { UndertoneError } from '../errors.ts';
import { didYouMean } from '../validation.ts';
import { parseModelConfig, type ModelConfig } from './model-config.ts';

/** A model as it lies on the disk: `<folder>/config.json` and the weights beside it. */
export interface StoredModel {
  /** What it is asked for by: the name of its folder. */
  readonly id: string;
  readonly folder: string;
  readonly config: ModelConfig;
}

/** What describes a model, beside its weights. */
export const CONFIG_FILE = 'config.json';

/** The folder whose models are known by their ids: `models/` of this package. */
export const modelsFolder = (): string => fileURLToPath(new URL('../../models', import.meta.url));

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The ids of the models in a folder: the names of the folders in it that have a config.json. */
export async function modelIds(folder = modelsFolder()): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => !entry.isFile()).map(({ name }) => name);
  const found = await Promise.all(names.map((name) => isThere(join(folder, name, CONFIG_FILE))));
  return names.filter((_, index) => found[index]).sort();
}

/** Where a model lies: a path names its folder, anything else a folder in `models/`. */
async function findFolder(idOrPath: string): Promise<string> {
  const isPath = idOrPath.includes(sep) || idOrPath.includes('/') || idOrPath === '.' || idOrPath === '..';
  const folder = isPath ? resolve(idOrPath) : join(modelsFolder(), idOrPath);
  if (await isThere(folder)) return folder;
  if (isPath) {
    throw new UndertoneError('MODEL_NOT_FOUND', {
      subject: idOrPath,
      problem: 'is no folder',
      remedy: `Name a folder that holds a model (${CONFIG_FILE} and its weights), or the id of one in ${modelsFolder()}.`,
    });
  }
  const ids = await modelIds();
  throw new UndertoneError('MODEL_NOT_FOUND', {
    subject: idOrPath,
    problem: `is no model in ${modelsFolder()}${didYouMean(idOrPath, ids)}`,
    remedy:
      ids.length > 0
        ? `Known are: ${ids.join(', ')}. A model elsewhere is named by its path (./${idOrPath}).`
        : 'Train one with "undertone train", or put an ONNX model there as its README.md says.',
  });
}

/**
 * Finds a model and reads its configuration.
 * @param idOrPath the name of a folder in `models/`, or a path of one anywhere (with a "/" in it)
 * @throws UndertoneError MODEL_NOT_FOUND, MODEL_INVALID
 */
export async function readModel(idOrPath: string): Promise<StoredModel> {
  const folder = await findFolder(idOrPath);
  const file = join(folder, CONFIG_FILE);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw missing(file, 'It states what the model hears and what its outputs mean: see models/README.md.', cause);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UndertoneError('MODEL_INVALID', {
      subject: file,
      problem: `is no valid JSON (${(cause as Error).message})`,
      remedy: 'Correct the file, or take the model from its source again.',
      cause,
    });
  }
  return { id: basename(folder), folder, config: parseModelConfig(value, file) };
}

/**
 * The path of a model's weights, once they were found to be what the configuration says.
 * @throws UndertoneError MODEL_INVALID
 */
export async function checkedWeights({ folder, config }: StoredModel): Promise<string> {
  const file = join(folder, config.weights);
  if (!(await isThere(file))) throw missing(file, 'Take the model from its source again, or correct "weights".');
  if (config.sha256 === undefined) return file;
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const digest = hash.digest('hex');
  if (digest === config.sha256) return file;
  throw new UndertoneError('MODEL_INVALID', {
    subject: file,
    problem: `is damaged or of another model: its SHA-256 is ${digest}, config.json says ${config.sha256}`,
    remedy: 'Take both files from the same source again; where you have changed the weights, correct "sha256".',
  });
}

function missing(file: string, remedy: string, cause?: unknown): UndertoneError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? 'ENOENT';
  const problem = code === 'ENOENT' ? 'is missing' : `cannot be read (${code})`;
  return new UndertoneError('MODEL_INVALID', { subject: file, problem, remedy, cause });
}
