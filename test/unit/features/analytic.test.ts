// What features of simple signals must be, whoever computes them.
import { describe, expect, test } from '@jest/globals';
import {
  amplitudeToDb,
  computeFeature,
  powerToDb,
  recipe162,
  stft,
  type FeatureMatrix,
} from '../../../src/features/index.ts';
import { TuningEstimator } from '../../../src/features/tuning.ts';
import { sine, whiteNoise } from '../../helpers/signals.ts';

const RATE = 16_000;
const settings = { sampleRateHz: RATE };
const middle = ({ data, frames, dims }: FeatureMatrix): Float32Array => {
  const frame = Math.floor(frames / 2);
  return data.subarray(frame * dims, (frame + 1) * dims);
};
const loudest = (values: Float32Array): number => values.indexOf(Math.max(...values));

describe('one number a frame', () => {
  test('RMS of a constant is the constant, of a sine 1/sqrt(2)', () => {
    expect(middle(computeFeature('rms', new Float32Array(RATE).fill(-0.25), settings))[0]).toBeCloseTo(0.25, 7);
    // 500 Hz: a whole number of periods in a frame.
    expect(middle(computeFeature('rms', sine(500, RATE, RATE), settings))[0]).toBeCloseTo(Math.SQRT1_2, 6);
  });

  test('a sine crosses zero twice a period', () => {
    const [rate] = middle(computeFeature('zero_crossing_rate', sine(1_000.5, RATE, RATE), settings));
    expect(rate! * RATE).toBeGreaterThan(1_990);
    expect(rate! * RATE).toBeLessThan(2_010);
  });

  test('the centroid of a tone is its frequency, its bandwidth that of the window', () => {
    const tone = sine(1_000, RATE, RATE);
    expect(middle(computeFeature('spectral_centroid', tone, settings))[0]).toBeCloseTo(1_000, 1);
    // Hann: main lobe weights 1/2, 1, 1/2 one bin apart, so the deviation is bin / sqrt(2).
    const hzPerBin = RATE / 2_048;
    expect(middle(computeFeature('spectral_bandwidth', tone, settings))[0]).toBeCloseTo(hzPerBin / Math.SQRT2, 1);
  });

  test('85 % of a flat spectrum lies below 85 % of its range', () => {
    const click = new Float32Array(4_096);
    click[2_048] = 1;
    const [hz] = middle(computeFeature('spectral_rolloff', click, { ...settings, window: 'boxcar' }));
    expect(hz).toBeGreaterThan(0.85 * 8_000 - 10);
    expect(hz).toBeLessThan(0.85 * 8_000 + 10);
  });

  test('flatness: a click is 1, noise in between, a tone nearly 0', () => {
    const click = new Float32Array(4_096);
    click[2_048] = 1;
    const flat = (samples: Float32Array) => middle(computeFeature('spectral_flatness', samples, settings))[0]!;
    expect(flat(click)).toBeCloseTo(1, 6);
    expect(flat(whiteNoise(RATE))).toBeGreaterThan(0.4);
    expect(flat(sine(1_000, RATE, RATE))).toBeLessThan(1e-6);
  });

  test('silence: no energy, no crossings, centroid 0, flatness 1', () => {
    const silence = new Float32Array(4_000);
    const all = (name: Parameters<typeof computeFeature>[0]) => [...computeFeature(name, silence, settings).data];
    expect(new Set(all('rms'))).toEqual(new Set([0]));
    expect(new Set(all('zero_crossing_rate'))).toEqual(new Set([0]));
    expect(new Set(all('spectral_centroid'))).toEqual(new Set([0]));
    expect(all('spectral_flatness').every((value) => Math.abs(value - 1) < 1e-6)).toBe(true);
  });
});

describe('spectra', () => {
  test('the spectrogram of a tone peaks in its bin', () => {
    expect(loudest(middle(computeFeature('spectrogram', sine(1_000, RATE, RATE), settings)))).toBe(128);
  });

  test('stft: |X|^2 is the spectrogram, and a shifted tone turns in phase', () => {
    const samples = whiteNoise(5_000);
    const complex = stft(samples, settings);
    const power = computeFeature('spectrogram', samples, settings);
    expect([complex.frames, complex.dims]).toEqual([power.frames, power.dims]);
    power.data.forEach((value, i) => {
      expect(complex.real[i]! ** 2 + complex.imaginary[i]! ** 2).toBeCloseTo(value, 2);
    });
    const cosine = Float32Array.from({ length: RATE }, (_, i) => Math.cos((2 * Math.PI * 1_000 * i) / RATE));
    // Frame 10 starts a whole number of periods in: a cosine there has a real, positive transform.
    const at = 10 * 1_025 + 128;
    const { real, imaginary } = stft(cosine, settings);
    expect(real[at]).toBeCloseTo(512, 2);
    expect(imaginary[at]).toBeCloseTo(0, 2);
  });

  test('doubling the amplitude adds 6.02 dB to every band that is above the floor', () => {
    const noise = whiteNoise(RATE);
    const decibels = { decibels: { topDb: null } };
    const quiet = computeFeature('melspectrogram', noise, { ...settings, ...decibels });
    const loud = computeFeature(
      'melspectrogram',
      noise.map((sample) => 2 * sample),
      { ...settings, ...decibels },
    );
    quiet.data.forEach((value, i) => {
      expect(loud.data[i]! - value).toBeCloseTo(20 * Math.log10(2), 4);
    });
  });

  test('topDb: nothing lies further below the maximum', () => {
    const samples = new Float32Array(RATE);
    samples.set(sine(440, 4_000, RATE), 4_000);
    const { data } = computeFeature('melspectrogram', samples, { ...settings, decibels: {} });
    const most = data.reduce((a, b) => Math.max(a, b));
    expect(data.reduce((a, b) => Math.min(a, b))).toBeCloseTo(most - 80, 4);
  });

  test('MFCC: the same spectrum louder changes coefficient 0 alone', () => {
    const noise = whiteNoise(RATE, 3);
    const quiet = middle(computeFeature('mfcc', noise, settings));
    const loud = middle(
      computeFeature(
        'mfcc',
        noise.map((sample) => 10 * sample),
        settings,
      ),
    );
    expect(loud[0]! - quiet[0]!).toBeCloseTo(20 * Math.sqrt(128), 2);
    for (let k = 1; k < 20; k++) expect(loud[k]).toBeCloseTo(quiet[k]!, 2);
  });
});

describe('chroma', () => {
  test.each([
    [261.63, 0],
    [440, 9],
    [880, 9],
    [493.88, 11],
    [1_108.73, 1],
  ])('%d Hz is pitch class %i', (hz, pitchClass) => {
    const row = middle(computeFeature('chroma_stft', sine(hz, RATE, RATE), { ...settings, tuning: 0 }));
    expect(loudest(row)).toBe(pitchClass);
    expect(row[pitchClass]).toBe(1);
  });

  test.each([-0.4, -0.1, 0, 0.2, 0.45])('a scale detuned by %d semitones is heard so', (detune) => {
    const notes = [0, 2, 4, 5, 7, 9, 11, 12];
    const samples = new Float32Array(notes.length * RATE);
    notes.forEach((note, i) => {
      samples.set(sine(440 * 2 ** ((note + detune) / 12), RATE, RATE), i * RATE);
    });
    const { data, frames, dims } = computeFeature('spectrogram', samples, { ...settings, nFft: 8_192 });
    const estimator = new TuningEstimator({ sampleRateHz: RATE, nFft: 8_192 });
    for (let frame = 0; frame < frames; frame++) {
      const spectrum = data.subarray(frame * dims, (frame + 1) * dims);
      estimator.add(spectrum, Math.max(...spectrum));
    }
    expect(Math.abs(estimator.estimate() - detune)).toBeLessThan(0.03);
  });

  test('a long recording, which is gone through twice, has the same chroma as its spectra kept', () => {
    const minute = whiteNoise(30 * RATE, 5, 0.1);
    const melody = minute.map((noise, i) => noise + Math.sin((2 * Math.PI * 446 * i) / RATE));
    const long = new Float32Array(5 * melody.length);
    for (let i = 0; i < 5; i++) long.set(melody, i * melody.length);
    const { data: short } = computeFeature('chroma_stft', melody, settings);
    const { data, frames } = computeFeature('chroma_stft', long, settings);
    expect(frames * 1_025).toBeGreaterThan(2 ** 22);
    // Away from the seams the frames are the same, and so is the tuning.
    for (let i = 12 * 10; i < 12 * 900; i++) expect(data[i]).toBeCloseTo(short[i]!, 5);
  });
});

describe('decibels', () => {
  test('powerToDb and amplitudeToDb agree on their reference points', () => {
    expect([...powerToDb(Float32Array.of(1, 10, 1e-3))].map((db) => Math.round(db * 1e4) / 1e4)).toEqual([0, 10, -30]);
    expect(amplitudeToDb(Float32Array.of(10))[0]).toBeCloseTo(20, 5);
    expect(powerToDb(Float32Array.of(1, 0))[1]).toBeCloseTo(-80, 5);
    expect(powerToDb(Float32Array.of(1, 0), { topDb: null })[1]).toBeCloseTo(-100, 5);
    expect(powerToDb(Float32Array.of(4), { ref: 4 })[0]).toBeCloseTo(0, 6);
  });
});

test('the classic recipe gives 162 finite numbers', () => {
  const values = recipe162(sine(220, RATE, RATE), RATE);
  expect(values).toHaveLength(162);
  expect(values.every(Number.isFinite)).toBe(true);
});
