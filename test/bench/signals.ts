/** A voice-like glide of harmonics under an envelope, with a little noise: the same for every run. */
export function syntheticVoice(seconds: number, sampleRateHz: number): Float32Array {
  const samples = new Float32Array(Math.round(seconds * sampleRateHz));
  let phase = 0;
  let noise = 1;
  for (let i = 0; i < samples.length; i++) {
    const t = i / sampleRateHz;
    phase += (2 * Math.PI * (140 + 40 * Math.sin(2 * Math.PI * 0.7 * t))) / sampleRateHz;
    let value = 0;
    for (let harmonic = 1; harmonic <= 20; harmonic++) value += Math.sin(harmonic * phase) / harmonic;
    noise = (noise * 48_271) % 2_147_483_647;
    samples[i] = 0.2 * value * (0.55 + 0.45 * Math.sin(2 * Math.PI * 3 * t)) + 0.01 * (noise / 2_147_483_647 - 0.5);
  }
  return samples;
}
