/** The channels that can be asked for by name: exact, nothing drawn. */
export const CHANNELS = ['g711', 'telephone', 'opus16', 'opus24', 'opus32'] as const;
/** One of {@link CHANNELS}. */
export type ChannelName = (typeof CHANNELS)[number];

/** `samples` (mono, 16 kHz) as they come out of a channel: as long, aligned to a sample or so. */
export function throughChannel(samples: Float32Array, channel: ChannelName): Float32Array {
  throw new Error(`${channel} ${samples.length}`);
}
