import { describe, expect, test } from '@jest/globals';
import { FourierPlan } from '../../../src/features/fourier-plan.ts';
import { KernelMemory } from '../../../src/kernels/kernel-memory.ts';
import { whiteNoise } from '../../helpers/signals.ts';

/** The transform by its definition. */
function slowTransform(samples: Float32Array, window: Float64Array): Float64Array {
  const n = samples.length;
  const out = new Float64Array(2 * (Math.floor(n / 2) + 1));
  for (let k = 0; 2 * k < out.length; k++) {
    for (let i = 0; i < n; i++) {
      const angle = (-2 * Math.PI * ((k * i) % n)) / n;
      out[2 * k]! += samples[i]! * window[i]! * Math.cos(angle);
      out[2 * k + 1]! += samples[i]! * window[i]! * Math.sin(angle);
    }
  }
  return out;
}

// Powers of two take radix-4 passes with and without a last radix-2 pass; other lengths go through Bluestein's chirp.
test.each([2, 4, 8, 16, 64, 512, 2_048, 3, 5, 6, 7, 10, 17, 100, 400, 551, 1_000, 1_103])(
  'a transform of %i samples equals its definition',
  (nFft) => {
    const samples = whiteNoise(nFft, nFft);
    const window = Float64Array.from(whiteNoise(nFft, nFft + 1));
    const memory = new KernelMemory();
    const plan = new FourierPlan(memory, nFft, window);
    const address = memory.table(samples);
    const expected = slowTransform(samples, window);
    for (let run = 0; run < 2; run++) {
      const actual = memory.doubles(plan.spectrum(address), 2 * plan.bins);
      const largest = actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
      expect(largest).toBeLessThan(1e-12 * nFft);
    }
  },
);

describe('the power spectrum', () => {
  test('of a sine at the centre of a bin is (n / 4)^2 under a Hann window', () => {
    const nFft = 256;
    const memory = new KernelMemory();
    const window = Float64Array.from({ length: nFft }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / nFft));
    const plan = new FourierPlan(memory, nFft, window);
    const samples = Float32Array.from({ length: nFft }, (_, i) => Math.sin((2 * Math.PI * 32 * i) / nFft));
    plan.computeMagnitudes(memory.table(samples));
    expect(plan.power[32]).toBeCloseTo((nFft / 4) ** 2, 2);
    expect(plan.power[31]).toBeCloseTo((nFft / 8) ** 2, 2);
    expect(plan.power[34]).toBeLessThan(1e-9);
    expect(plan.power).toHaveLength(129);
  });
});

test('memory that views look at is never moved under them', () => {
  const memory = new KernelMemory();
  const address = memory.reserve(64);
  memory.floats(address, 16);
  expect(() => memory.reserve(2 ** 20)).toThrow(/before views/);
});
