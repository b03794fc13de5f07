/** A sample in -1..1 as a 16-bit integer. What is louder is clipped, to -32,768 and 32,767. */
export function toInt16(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768)));
}

/**
 * Encodes samples in -1..1 as 16-bit integers, the low byte first, clipped to -32,768 and 32,767; NaN becomes 0.
 */
export function encodeL16(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(2 * samples.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < samples.length; i++) {
    view.setInt16(2 * i, toInt16(samples[i]!), true);
  }
  return bytes;
}
