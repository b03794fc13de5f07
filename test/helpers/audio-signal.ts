/** The length of every synthetic test signal, in seconds. */
export const SIGNAL_SECONDS = 1;

/**
 * A voice-like signal: ten harmonics of a gliding pitch under syllable-like bursts. Every channel has its own pitch,
 * so that a swapped or doubled channel shows. Silent at both ends, so that a codec's edges weigh little.
 *
 * @returns one array of samples per channel, within -0.9..0.9
 */
export function speechLike(sampleRateHz: number, channels: number, seconds = SIGNAL_SECONDS): Float32Array[] {
  return Array.from({ length: channels }, (_, channel) => {
    const samples = new Float32Array(Math.round(sampleRateHz * seconds));
    let phase = 0;
    for (let i = 0; i < samples.length; i++) {
      const t = i / sampleRateHz;
      const pitchHz = (120 + 53 * channel) * (1 + 0.15 * Math.sin(2 * Math.PI * (1.3 + channel) * t));
      phase += (2 * Math.PI * pitchHz) / sampleRateHz;
      let sum = 0;
      for (let h = 1; h <= 10; h++) if (h * pitchHz < 0.4 * sampleRateHz) sum += Math.sin(h * phase + h * h) / h;
      const envelope = Math.sin((Math.PI * t) / seconds) * (0.55 + 0.45 * Math.sin(2 * Math.PI * (4 + channel) * t));
      samples[i] = 0.35 * sum * envelope;
    }
    return samples;
  });
}

/** The mean of the channels, as the decoder mixes them. */
export function mean(channels: readonly Float32Array[]): Float32Array {
  const mono = new Float32Array(channels[0]!.length);
  for (const channel of channels) for (let i = 0; i < mono.length; i++) mono[i]! += channel[i]! / channels.length;
  return mono;
}

/** Pearson correlation of `a` and `b` shifted by `lag` samples (positive: `b` comes late), over their overlap. */
export function correlation(a: Float32Array, b: Float32Array, lag = 0): number {
  let [ab, aa, bb] = [0, 0, 0];
  const end = Math.min(a.length, b.length - lag);
  for (let i = Math.max(0, -lag); i < end; i++) {
    ab += a[i]! * b[i + lag]!;
    aa += a[i]! ** 2;
    bb += b[i + lag]! ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/** The shift within ±`reach` samples at which `b` is most like a stretch from the middle of `a`. */
export function bestLag(a: Float32Array, b: Float32Array, reach: number): number {
  const from = Math.max(0, Math.floor(a.length / 2) - 2048);
  const stretch = a.subarray(from, from + 4096);
  const wider = b.subarray(Math.max(0, from - reach), from + 4096 + reach);
  const offset = from - Math.max(0, from - reach);
  let best = { lag: 0, likeness: -1 };
  for (let lag = -Math.min(reach, offset); lag <= reach; lag++) {
    const likeness = correlation(stretch, wider, lag + offset);
    if (likeness > best.likeness) best = { lag, likeness };
  }
  return best.lag;
}
