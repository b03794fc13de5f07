import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { UndertoneError } from '../errors.ts';
import { networkSchema, type NetworkConfigInput } from '../networks/network-config.ts';
import { canShowLevel, CANNOT_SHOW_LEVEL, hearingShape, levelSchema, viewSchema } from '../predictor/model-config.ts';
import { parseStrict } from '../validation.ts';
import { heardSettingsSchema } from './augmentation/index.ts';

const share = z.number().min(0).max(1);
const count = z.int().min(0);
const positive = z.number().positive();
const factors = z
  .tuple([z.number().min(0.5).max(2), z.number().min(0.5).max(2)])
  .refine(([low, high]) => low <= high, { message: 'the lower end comes first' });

/** Chosen among those that hear well for how long they train: filters over frequencies first, then over time. */
const SHIPPED_NETWORK: NetworkConfigInput = {
  kind: 'cnn-lstm',
  spectral: [{ filters: 12, timeStride: 2 }, { filters: 20 }, { filters: 28, timeStride: 2 }],
  convolutions: [
    { filters: 128, kernel: 3, pool: 2 },
    { filters: 192, kernel: 3 },
  ],
  lstmUnits: 96,
  dropout: { convolution: 0, lstm: 0, pooled: 0.2 },
};

const recipeSchema = z.strictObject({
  /** Reports and models carry it. */
  name: z.string().regex(/^[\w.-]+$/, { message: 'must be of letters, digits, ".", "_" and "-"' }),
  description: z.string().optional(),
  /** Only these corpora of the data; null: all. */
  corpora: z.array(z.string().min(1)).min(1).nullable().default(null),
  /** The way from samples to raw features, and the views in which the network sees them. */
  input: z
    .strictObject({
      ...hearingShape,
      /** How loud a clip is, against its voice's others, says much of how excited it is. */
      level: levelSchema
        .extend({ keep: share.default(1) })
        .nullable()
        .prefault({}),
      views: z
        .array(viewSchema)
        .min(1)
        .max(8)
        .prefault([{ clipMean: 0.5, clipLevel: 1 }, { speaker: { shrinkFrames: 200 } }]),
    })
    .refine(canShowLevel, CANNOT_SHOW_LEVEL)
    .prefault({}),
  network: networkSchema.prefault(SHIPPED_NETWORK),
  /** Copies of each clip through drawn rooms, noises and codecs, made once. */
  heard: z
    .strictObject({
      copies: count.max(32).default(2),
      /** How often the clip as recorded is taken. */
      recordedShare: share.default(0.5),
      chain: heardSettingsSchema.prefault({}),
    })
    .prefault({}),
  /** What is cut out of a clip for a batch. */
  crop: z
    .strictObject({
      frames: z.int().min(8).max(4_096).default(128),
      /** Frames of the clip to one of the crop: more is faster speech. */
      stretch: factors.default([0.8, 1.25]),
      /** What follows the end of a clip that is shorter than the crop. */
      padding: z.enum(['repeat', 'zero']).default('repeat'),
    })
    .prefault({}),
  /** Drawn anew for every crop. */
  augmentation: z
    .strictObject({
      /** Frequencies are multiplied by 1 - this to 1 + this. */
      frequencyWarp: z.number().min(0).max(0.5).default(0.06),
      /** A voice and its clip become up to so many decibels louder or softer together; for features with a logarithm. */
      gainDb: z.number().min(0).max(30).default(10),
      /**
       * What is added for corpora of few voices, whose habits a network would learn by heart: so much for one voice, and
       * 1/n of it where n voices are trained on.
       */
      fewVoices: z
        .strictObject({
          frequencyWarp: z.number().min(0).max(0.5).default(0.15),
          /** The clip alone becomes up to so many decibels louder or softer than its voice. */
          clipGainDb: z.number().min(0).max(30).default(10),
          /** Of the highest frequencies against the lowest, in the clip alone. */
          clipTiltDb: z.number().min(0).max(30).default(12),
        })
        .prefault({}),
      masks: z
        .strictObject({
          timeMasks: count.max(16).default(1),
          timeFrames: count.max(1_024).default(24),
          frequencyMasks: count.max(16).default(1),
          frequencyDims: count.max(1_024).default(8),
        })
        .prefault({}),
      /** 0: nothing is mixed. */
      mixupAlpha: z.number().min(0).max(10).default(0),
      /** The share of batches that are mixed. */
      mixupShare: share.default(1),
    })
    .prefault({}),
  targets: z
    .strictObject({
      /** Spread over the labels that compete. */
      labelSmoothing: z.number().min(0).max(0.9).default(0.1),
      /** How much of a target comes of the listeners' votes, where there are any. */
      votes: share.default(0),
      /** Only the labels that a clip's corpus has compete: no corpus teaches that it has no calm. */
      byCorpus: z.boolean().default(true),
    })
    .prefault({}),
  /** How far speakers and corpora with few clips, and rare emotions of a corpus, are drawn more often: 0 not, 1 all alike. */
  balance: z
    .strictObject({ speaker: share.default(0.5), corpus: share.default(0.25), emotion: share.default(0) })
    .prefault({}),
  /** How many of a speaker's clips the statistics of the `speaker` view see, drawn log-uniformly. */
  speakerClips: z
    .strictObject({ least: z.int().min(1).max(10_000).default(1), most: z.int().min(1).max(10_000).default(64) })
    .refine(({ least, most }) => least <= most, { message: 'least is more than most' })
    .prefault({}),
  /** AdamW (Loshchilov and Hutter 2019). */
  optimiser: z
    .strictObject({
      /** The highest learning rate. */
      learningRate: positive.max(1).default(2e-3),
      /** Share of the steps before it is reached. */
      warmUp: share.default(0.15),
      decay: z.enum(['cosine', 'linear', 'constant']).default('cosine'),
      /** The last learning rate as a share of the highest. */
      final: share.default(1e-3),
      weightDecay: z.number().min(0).max(1).default(0.01),
      beta1: z.number().min(0).lt(1).default(0.9),
      beta2: z.number().min(0).lt(1).default(0.999),
      epsilon: positive.default(1e-8),
      /** The gradient is shortened to this length. */
      clipNorm: positive.default(5),
      /** Of the moving average of the weights that is judged and shipped; 0: the weights themselves. */
      averageDecay: z.number().min(0).lt(1).default(0.998),
    })
    .prefault({}),
  batch: z.int().min(2).max(1_024).default(32),
  epochs: z.int().min(1).max(10_000).default(18),
  /** Stop after so many epochs without a lower loss on the validation part; null: never. */
  patience: z.int().min(1).nullable().default(null),
  seed: z.int().min(0).default(1),
  /** Predictions are `uncertain` below the confidence that this share of held-out clips reaches. */
  coverage: z.number().gt(0).max(1).default(0.8),
});

/** How a network is trained, with all defaults filled in. */
export type TrainingRecipe = z.output<typeof recipeSchema>;
/** What a person writes: all but the name has a default. */
export type TrainingRecipeInput = z.input<typeof recipeSchema>;

/** Crops as they are. */
export const NO_AUGMENTATION: TrainingRecipe['augmentation'] = {
  frequencyWarp: 0,
  gainDb: 0,
  fewVoices: { frequencyWarp: 0, clipGainDb: 0, clipTiltDb: 0 },
  masks: { timeMasks: 0, timeFrames: 0, frequencyMasks: 0, frequencyDims: 0 },
  mixupAlpha: 0,
  mixupShare: 0,
};

const FOLDER = new URL('../../config/recipes/', import.meta.url);
const REMEDY = 'Correct the recipe; config/README.md describes its settings.';

/**
 * Checks a recipe strictly and fills in its defaults.
 * @param subject what errors call it: its name or path
 * @throws UndertoneError RECIPE_INVALID that names the setting; for an unknown one, the nearest known one
 */
export function parseRecipe(value: unknown, subject: string): TrainingRecipe {
  const recipe = parseStrict(recipeSchema, value, { code: 'RECIPE_INVALID', subject, remedy: REMEDY });
  const { sampleRateHz, features } = recipe.input;
  if (features.sampleRateHz !== sampleRateHz) {
    throw new UndertoneError('RECIPE_INVALID', {
      subject,
      problem: `"input.features.sampleRateHz" is ${features.sampleRateHz}, "input.sampleRateHz" ${sampleRateHz}`,
      remedy: REMEDY,
    });
  }
  return recipe;
}

async function recipeNames(): Promise<string> {
  const files = await readdir(FOLDER);
  return files.map((file) => basename(file, '.json')).join(', ');
}

/**
 * Reads a recipe by the name of one that comes with Undertone, or from a JSON file.
 * @param changes settings that take the place of the recipe's
 * @throws UndertoneError RECIPE_INVALID
 */
export async function readRecipe(
  nameOrPath: string,
  changes: Partial<TrainingRecipeInput> = {},
): Promise<TrainingRecipe> {
  const path = /^[\w-]+$/.test(nameOrPath) ? fileURLToPath(new URL(`${nameOrPath}.json`, FOLDER)) : nameOrPath;
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new UndertoneError('RECIPE_INVALID', {
      subject: nameOrPath,
      problem: cause instanceof SyntaxError ? `is no JSON (${cause.message})` : 'is no recipe that can be read',
      remedy: `Name a JSON file, or one of: ${await recipeNames()}.`,
      cause,
    });
  }
  return parseRecipe({ ...(value as object), ...changes }, nameOrPath);
}
