import { expect, test } from '@jest/globals';
import { Convolver } from '../../../src/features/convolver.ts';
import { whiteNoise } from '../../helpers/signals.ts';

/** The convolution by its definition, at one sample. */
function slowConvolution(samples: Float32Array, response: Float32Array, at: number): number {
  let sum = 0;
  for (let i = 0; i < response.length && i <= at; i++) sum += response[i]! * samples[at - i]!;
  return sum;
}

test.each([
  [1, 1],
  [10, 3_000],
  [32_768, 1],
  [70_001, 8_000],
  [40_000, 24_576],
])('%i samples through a response of %i equal the definition', (length, taps) => {
  const samples = whiteNoise(length);
  const response = whiteNoise(taps, 2);
  const out = new Convolver().convolve(samples, response);
  expect(out).toHaveLength(length);
  // Where blocks meet, at both ends and in between.
  const step = 32_768 - taps + 1;
  const places = [0, 1, taps - 1, step - 1, step, step + taps - 1, 2 * step, 32_767, 32_768, length - 1];
  for (const at of places.filter((place) => place >= 0 && place < length)) {
    expect(out[at]).toBeCloseTo(slowConvolution(samples, response, at), 4);
  }
});

test('a convolver keeps nothing of one recording for the next', () => {
  const convolver = new Convolver();
  const response = whiteNoise(5_000, 3);
  const first = convolver.convolve(whiteNoise(30_000), response);
  convolver.convolve(whiteNoise(50_000, 4), whiteNoise(9_000, 5));
  const again = convolver.convolve(whiteNoise(30_000), response);
  expect(again.every((sample, i) => sample === first[i])).toBe(true);
});

test('a response that leaves no room is refused', () => {
  expect(() => new Convolver().convolve(new Float32Array(8), new Float32Array(24_578))).toThrow(RangeError);
});
