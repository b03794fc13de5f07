import { z } from 'zod';
import { parseStrict } from '../validation.ts';

/** Bounds far beyond any use, so that a mistyped or hostile size is an error and not a frozen machine. */
const width = z.int().min(1).max(1_024);
const rate = z.number().min(0).max(0.9);

/** Frames that all pools together may make one: more than any clip's. */
const LONGEST_POOL = 512;

const convolution = z.strictObject({
  filters: width,
  /** Frames that one filter sees. Odd, so that a frame stays in the middle of what it is computed from. */
  kernel: z
    .int()
    .min(1)
    .max(31)
    .refine((kernel) => kernel % 2 === 1, { message: 'must be odd' }),
  /** Frames that become one; a rest that does not fill a pool is left out. */
  pool: z.int().min(1).max(8).default(1),
});

const spectral = z.strictObject({
  filters: width,
  /** Frames from one output to the next. */
  timeStride: z.int().min(1).max(2).default(1),
  /** Mel bands from one output to the next. */
  frequencyStride: z.int().min(1).max(2).default(2),
});

const convolutional = {
  /** 3 x 3 convolutions over time and frequency, before those over time alone; the views are their channels. */
  spectral: z.array(spectral).max(8).default([]),
  convolutions: z
    .array(convolution)
    .min(1)
    .max(12)
    .refine((blocks) => blocks.reduce((frames, { pool }) => frames * pool, 1) <= LONGEST_POOL, {
      message: `pools more than ${LONGEST_POOL} frames into one`,
    })
    .default([
      { filters: 64, kernel: 5, pool: 2 },
      { filters: 128, kernel: 5, pool: 2 },
      { filters: 128, kernel: 3, pool: 2 },
    ]),
  /** Adds a block's (pooled) input to its output where both are equally wide. */
  residual: z.boolean().default(false),
};

const recurrent = {
  /** Units of each of the two directions. */
  lstmUnits: width.default(64),
};

const common = {
  /** Ways to weigh the frames, side by side. */
  attentionHeads: z.int().min(1).max(4).default(1),
  /** Tanh units between a frame and its scores; 0: the scores are linear in the frame. */
  attentionUnits: z.int().min(0).max(1_024).default(64),
  /** Rectified units between pooling and labels; 0: none. */
  hiddenUnits: z.int().min(0).max(1_024).default(0),
  dropout: z
    .strictObject({
      /** Share of channels left out, for a whole clip, behind each convolution block. */
      convolution: rate.default(0.1),
      /** The same behind the LSTM. */
      lstm: rate.default(0.1),
      /** Share of numbers left out of the pooled clip, and of the hidden units. */
      pooled: rate.default(0.3),
    })
    .prefault({}),
};

/** Convolutions and attention pooling. */
const cnn = z.strictObject({ kind: z.literal('cnn'), ...convolutional, ...common });
/** A bidirectional LSTM and attention pooling. */
const lstm = z.strictObject({ kind: z.literal('lstm'), ...recurrent, ...common });
/** Convolutions, then a bidirectional LSTM, then attention pooling. */
const cnnLstm = z.strictObject({ kind: z.literal('cnn-lstm'), ...convolutional, ...recurrent, ...common });

/** A network's architecture; everything but the kind has a default. */
export const networkSchema = z.discriminatedUnion('kind', [cnn, lstm, cnnLstm]);

export const NETWORK_KINDS = ['cnn', 'lstm', 'cnn-lstm'] as const;
export type NetworkKind = (typeof NETWORK_KINDS)[number];

/** A network with all defaults filled in. */
export type NetworkConfig = z.output<typeof networkSchema>;
/** What a person writes. */
export type NetworkConfigInput = z.input<typeof networkSchema>;

/**
 * Checks a network's configuration strictly and fills in its defaults.
 * @throws UndertoneError NETWORK_CONFIG_INVALID that names the setting.
 */
export function parseNetworkConfig(input: unknown): NetworkConfig {
  return parseStrict(networkSchema, input, {
    code: 'NETWORK_CONFIG_INVALID',
    subject: 'network configuration',
    remedy: `Correct the network; its kind is one of ${NETWORK_KINDS.join(', ')}.`,
  });
}
