import { describe, expect, test } from '@jest/globals';
import {
  addNoise,
  changeGain,
  changeSpeed,
  CHANNELS,
  HeardCopies,
  heardSettingsSchema,
  makeNoise,
  NOISE_KINDS,
  roomResponse,
  speechPower,
  throughChannel,
  throughG711,
  throughOpus,
  type HeardSettings,
} from '../../../../src/training/augmentation/index.ts';
import { derivedRandom } from '../../../../src/training/random.ts';
import { stft } from '../../../../src/features/index.ts';
import { buzz, sine, whiteNoise } from '../../../helpers/signals.ts';
import { fitTone, rms, toDecibels } from '../../../helpers/tones.ts';

const RATE = 16_000;
const voice = buzz(1, RATE);

/** The correlation of b, moved by `lag`, with a. */
function correlation(a: Float32Array, b: Float32Array, lag = 0): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 200; i < a.length - 200; i++) {
    ab += a[i]! * b[i + lag]!;
    aa += a[i]! ** 2;
    bb += b[i + lag]! ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/** The lag at which b is most like a. */
function bestLag(a: Float32Array, b: Float32Array): number {
  const lags = Array.from({ length: 61 }, (_, i) => i - 30);
  return lags.reduce((best, lag) => (correlation(a, b, lag) > correlation(a, b, best) ? lag : best), 0);
}

/** Mean power between two frequencies, in dB. */
function bandPower(samples: Float32Array, lowHz: number, highHz: number): number {
  const { real, imaginary, frames, dims } = stft(samples, { sampleRateHz: RATE, nFft: 1_024 });
  let sum = 0;
  let count = 0;
  for (let frame = 0; frame < frames; frame++) {
    for (let bin = Math.ceil((lowHz * 1_024) / RATE); bin < (highHz * 1_024) / RATE; bin++, count++) {
      sum += real[frame * dims + bin]! ** 2 + imaginary[frame * dims + bin]! ** 2;
    }
  }
  return 10 * Math.log10(sum / count);
}

const isSame = (a: Float32Array, b: Float32Array): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

const difference = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, i) => value - b[i]!);

describe('noise', () => {
  test.each(NOISE_KINDS)('%s comes out at the distance from the speech that was asked for', (kind) => {
    for (const snrDb of [-5, 0, 20]) {
      const noisy = addNoise(voice, { kind, snrDb }, derivedRandom(kind));
      const noise = difference(noisy, voice);
      expect(10 * Math.log10(speechPower(voice) / rms(noise) ** 2)).toBeCloseTo(snrDb, 1);
    }
  });

  test('pauses do not count as speech', () => {
    const withPause = new Float32Array(3 * voice.length);
    withPause.set(voice, voice.length);
    expect(toDecibels(speechPower(withPause) / speechPower(voice)) / 2).toBeCloseTo(0, 1);
    expect(speechPower(sine(500, RATE, RATE, 0.5))).toBeCloseTo(0.125, 4);
  });

  test('white is flat, pink falls by 3 dB an octave, babble falls like speech', () => {
    const fall = NOISE_KINDS.map((kind) => {
      const noise = makeNoise(kind, 10 * RATE, derivedRandom(7));
      return bandPower(noise, 400, 800) - bandPower(noise, 3_200, 6_400);
    });
    expect(Math.abs(fall[0]!)).toBeLessThan(0.5);
    expect(Math.abs(fall[1]! - 9)).toBeLessThan(1);
    expect(fall[2]).toBeGreaterThan(15);
  });

  test('babble comes and goes as syllables do, white noise does not', () => {
    const swing = (kind: 'white' | 'babble'): number => {
      const noise = makeNoise(kind, 10 * RATE, derivedRandom(3));
      const levels = Array.from({ length: 100 }, (_, i) => toDecibels(rms(noise.subarray(i * 1_600, (i + 1) * 1_600))));
      return Math.max(...levels) - Math.min(...levels);
    };
    expect(swing('white')).toBeLessThan(1.5);
    expect(swing('babble')).toBeGreaterThan(3);
  });

  test('silence stays silence, and one sample or none is no trouble', () => {
    expect(addNoise(new Float32Array(500), { kind: 'pink', snrDb: 10 }, derivedRandom(1)).every((x) => x === 0)).toBe(
      true,
    );
    for (const kind of NOISE_KINDS) {
      for (const length of [0, 1]) {
        const noisy = addNoise(new Float32Array(length).fill(0.5), { kind, snrDb: 10 }, derivedRandom(1));
        expect(noisy).toHaveLength(length);
        expect(noisy.every(Number.isFinite)).toBe(true);
      }
    }
  });
});

describe('rooms', () => {
  const response = roomResponse({ decayMs: 400, directDb: 5 }, derivedRandom('room'));

  test('the direct sound comes first and stands as far above the echoes as asked for', () => {
    expect(response).toHaveLength(6_400);
    expect(response[0]).toBe(1);
    const echoes = response.slice(1);
    expect(toDecibels(rms(echoes) * Math.sqrt(echoes.length))).toBeCloseTo(-5, 2);
  });

  test('the tail falls by 60 dB in the decay time', () => {
    const level = (fromMs: number): number => toDecibels(rms(response.subarray(fromMs * 16, (fromMs + 50) * 16)));
    expect(Math.abs(level(50) - level(350) - 45)).toBeLessThan(3);
  });
});

describe('speed and gain', () => {
  test.each([0.8, 0.9, 1.25])('at %f times the speed a tone is as much higher and as much shorter', (factor) => {
    const tone = changeSpeed(sine(1_000, RATE, RATE, 0.5), factor);
    expect(tone).toHaveLength(Math.ceil(RATE / factor));
    expect(fitTone(tone, 1_000 * factor, RATE, 500).amplitude).toBeCloseTo(0.5, 2);
  });

  test('gain is what was asked for, until something would clip', () => {
    expect(toDecibels(rms(changeGain(voice, -6)) / rms(voice))).toBeCloseTo(-6, 3);
    const loud = changeGain(voice, 40);
    expect(Math.max(...loud.map(Math.abs))).toBeCloseTo(1, 5);
    expect(changeGain(new Float32Array(10), 6).every((x) => x === 0)).toBe(true);
  });
});

describe('channels', () => {
  test.each(CHANNELS)('%s gives as many samples, aligned, of the same sound', (channel) => {
    const heard = throughChannel(voice, channel);
    expect(heard).toHaveLength(voice.length);
    if (channel === 'telephone') return; // without its lowest harmonics, the voice has another shape
    expect(Math.abs(bestLag(voice, heard))).toBeLessThanOrEqual(1);
    expect(Math.abs(toDecibels(rms(heard) / rms(voice)))).toBeLessThan(1.5);
    expect(correlation(voice, heard)).toBeGreaterThan(0.8);
  });

  test('the telephone band-pass moves sound by less than 1 ms', () => {
    const noise = whiteNoise(RATE, 5, 0.5);
    expect(Math.abs(bestLag(noise, throughChannel(noise, 'telephone')))).toBeLessThan(16);
  });

  test.each(CHANNELS)('%s takes a clip of no length or one sample', (channel) => {
    expect(throughChannel(new Float32Array(0), channel)).toHaveLength(0);
    expect(throughChannel(Float32Array.of(0.5), channel)).toHaveLength(1);
  });

  test.each(['mu', 'a'] as const)('G.711 (%s-law) ends at 4 kHz, the telephone band at 300 and 3,400 Hz', (law) => {
    const noise = whiteNoise(2 * RATE, 1, 0.5);
    const plain = throughG711(noise, { law, bandPass: false });
    const telephone = throughG711(noise, { law, bandPass: true });
    const change = (heard: Float32Array, lowHz: number, highHz: number): number =>
      bandPower(heard, lowHz, highHz) - bandPower(noise, lowHz, highHz);
    expect(change(plain, 4_100, 8_000)).toBeLessThan(-45);
    expect(Math.abs(change(plain, 50, 3_500))).toBeLessThan(0.5);
    expect(Math.abs(change(telephone, 450, 3_000))).toBeLessThan(1);
    // What is left below is the codec's own noise, 38 dB down.
    expect(change(telephone, 20, 120)).toBeLessThan(-24);
    expect(change(telephone, 3_750, 3_950)).toBeLessThan(-15);
    expect(change(plain, 20, 120)).toBeGreaterThan(-1);
  });

  test('G.711 keeps a tone 35 dB and more above its noise', () => {
    const { amplitude, residual } = fitTone(throughChannel(sine(1_000, RATE, RATE, 0.3), 'g711'), 1_000, RATE, 500);
    expect(amplitude).toBeCloseTo(0.3, 2);
    expect(toDecibels(amplitude / Math.SQRT2 / residual)).toBeGreaterThan(35);
  });

  test('Opus at more bits is nearer to the original', () => {
    const error = (bitrate: number): number => rms(difference(throughOpus(voice, bitrate), voice));
    expect(error(32_000)).toBeLessThan(error(12_000));
  });
});

describe('heard copies', () => {
  /** Settings where one part always happens and the others never. */
  const only = (part: keyof HeardSettings | undefined): HeardSettings => {
    const parts = Object.keys(heardSettingsSchema.parse({}));
    return heardSettingsSchema.parse(
      Object.fromEntries(parts.map((name) => [name, { probability: name === part ? 1 : 0 }])),
    );
  };

  test('the same generator and sound give the same copy, other words another', () => {
    const copies = new HeardCopies(heardSettingsSchema.parse({}));
    const again = new HeardCopies(heardSettingsSchema.parse({}));
    for (let i = 0; i < 6; i++) {
      const heard = copies.hear(voice, derivedRandom('x', i));
      expect(isSame(heard, again.hear(voice, derivedRandom('x', i)))).toBe(true);
    }
    const first = copies.hear(voice, derivedRandom('x', 'a'));
    expect(isSame(first, copies.hear(voice, derivedRandom('x', 'b')))).toBe(false);
  });

  test.each(Object.keys(only(undefined)) as (keyof HeardSettings)[])('%s alone changes the sound', (part) => {
    const heard = new HeardCopies(only(part)).hear(voice, derivedRandom(part, 1));
    expect(isSame(heard, voice)).toBe(false);
    expect(heard.every(Number.isFinite)).toBe(true);
    if (part !== 'speed') expect(heard).toHaveLength(voice.length);
  });

  test('without any part a copy is the recording, and the recording is never written to', () => {
    const before = voice.slice();
    expect(new HeardCopies(only(undefined)).hear(voice, derivedRandom(1))).toBe(voice);
    new HeardCopies(heardSettingsSchema.parse({})).hear(voice, derivedRandom(2));
    expect(isSame(voice, before)).toBe(true);
  });

  test('settings are strict', () => {
    expect(heardSettingsSchema.safeParse({ noise: { snr: 3 } }).success).toBe(false);
    expect(heardSettingsSchema.safeParse({ noise: { snrDb: [30, 5] } }).success).toBe(false);
    expect(heardSettingsSchema.safeParse({ opus: { probability: 2 } }).success).toBe(false);
    expect(heardSettingsSchema.safeParse({ opus: { probability: 0.7 }, g711: { probability: 0.7 } }).success).toBe(
      false,
    );
  });
});
