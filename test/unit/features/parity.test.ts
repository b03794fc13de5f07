import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  amplitudeToDb,
  delta,
  FeatureExtractor,
  melFilterBank,
  powerToDb,
  recipe162,
  type DeltaMode,
  type FeatureConfigInput,
} from '../../../src/features/index.ts';
import { TuningEstimator } from '../../../src/features/tuning.ts';

const fixtures = new URL('../../fixtures/librosa/', import.meta.url);

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, fixtures), 'utf8'));
}

function readFloats(path: string): Float32Array {
  const bytes = new Uint8Array(readFileSync(new URL(path, fixtures)));
  return new Float32Array(bytes.buffer);
}

/** librosa's matrices are [dims][frames]. */
function transposed(data: Float32Array, [dims, frames]: readonly [number, number]): Float32Array {
  return Float32Array.from({ length: data.length }, (_, i) => data[(i % dims) * frames + Math.floor(i / dims)]!);
}

const largestOf = (values: Float32Array): number => values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);

/** How far two arrays may lie apart: a share of the largest expected value, or an absolute difference. */
interface Tolerance {
  readonly relative?: number;
  readonly absolute?: number;
}

function expectClose(actual: Float32Array, expected: Float32Array, { relative = 0, absolute = 0 }: Tolerance): void {
  expect(actual.length).toBe(expected.length);
  const worst = actual.reduce((max, value, i) => {
    const error = Math.abs(value - expected[i]!);
    return error <= max ? max : error; // NaN stays
  }, 0);
  expect(worst).toBeLessThanOrEqual(relative * largestOf(expected) + absolute);
}

const RELATIVE: Tolerance = { relative: 1e-4 };
const DECIBELS: Tolerance = { absolute: 0.01 };
const EXACT: Tolerance = { absolute: 1e-6 };

interface Golden {
  readonly sampleRateHz: number;
  readonly signals: Record<string, { readonly file: string }>;
  readonly features: Record<string, GoldenSetting>;
  readonly recipe162: { readonly file: string };
  readonly melFilterbank2048x128: { readonly file: string };
}
interface GoldenSetting {
  readonly signal: string;
  readonly params: { readonly n_fft: number; readonly hop_length: number; readonly win_length: number };
  readonly n_mels: number;
  readonly outputs: Record<
    string,
    { readonly file: string; readonly shape: [number, number]; readonly tuning?: number }
  >;
}

const golden = readJson('golden/manifest.json') as Golden;
const goldenSignal = (name: string): Float32Array => readFloats(`golden/${golden.signals[name]!.file}`);

function goldenConfig(setting: GoldenSetting, feature: FeatureConfigInput['features'][number]): FeatureConfigInput {
  const { n_fft: nFft, hop_length: hopLength, win_length: winLength } = setting.params;
  return { sampleRateHz: golden.sampleRateHz, nFft, hopLength, winLength, features: [feature] };
}

const GOLDEN_OUTPUTS: Record<string, [FeatureConfigInput['features'][number], Tolerance]> = {
  power: [{ name: 'spectrogram' }, RELATIVE],
  melspectrogram: [{ name: 'melspectrogram' }, RELATIVE],
  melspectrogramDb: [{ name: 'melspectrogram', decibels: {} }, DECIBELS],
  mfcc20: [{ name: 'mfcc' }, RELATIVE],
  mfcc40: [{ name: 'mfcc', nMfcc: 40 }, RELATIVE],
  chromaStft: [{ name: 'chroma_stft', tuning: 0 }, RELATIVE],
  chromaStftTuned: [{ name: 'chroma_stft' }, RELATIVE],
  rms: [{ name: 'rms' }, RELATIVE],
  zeroCrossingRate: [{ name: 'zero_crossing_rate' }, EXACT],
  spectralCentroid: [{ name: 'spectral_centroid' }, RELATIVE],
};

const goldenCases = Object.entries(golden.features).flatMap(([key, setting]) =>
  Object.keys(setting.outputs).map((output) => [key, output] as const),
);

/** The tuning that a chroma without given tuning would use: estimated from the power spectra of all frames. */
function estimatedTuning(config: FeatureConfigInput, samples: Float32Array, binsPerOctave: number): number {
  const spectrogram = FeatureExtractor.fromConfig({ ...config, features: [{ name: 'spectrogram' }] }).extract(samples);
  const nFft = config.nFft ?? 2_048;
  const estimator = new TuningEstimator({ sampleRateHz: config.sampleRateHz, nFft, binsPerOctave });
  for (let row = 0; row < spectrogram.frames; row++) {
    const power = spectrogram.data.subarray(row * spectrogram.dims, (row + 1) * spectrogram.dims);
    estimator.add(power, largestOf(power));
  }
  return estimator.estimate();
}

describe('the numbers of librosa 0.11 itself', () => {
  test.each(goldenCases)('%s: %s', (key, output) => {
    const setting = golden.features[key]!;
    const { file, shape, tuning } = setting.outputs[output]!;
    const [feature, tolerance] = GOLDEN_OUTPUTS[output]!;
    const hasMels = feature.name === 'melspectrogram' || feature.name === 'mfcc';
    const config = goldenConfig(setting, hasMels ? { ...feature, nMels: setting.n_mels } : feature);
    const samples = goldenSignal(setting.signal);
    const matrix = FeatureExtractor.fromConfig(config).extract(samples);
    expect([matrix.dims, matrix.frames]).toEqual(shape);
    expectClose(matrix.data, transposed(readFloats(`golden/${file}`), shape), tolerance);
    if (tuning !== undefined) expect(estimatedTuning(config, samples, 12)).toBeCloseTo(tuning, 6);
  });

  test('the mel filter bank', () => {
    const settings = { nMels: 128, fmin: 0, fmax: null, htk: false, norm: 'slaney' } as const;
    const filters = melFilterBank(golden.sampleRateHz, 2_048, settings);
    const expected = readFloats(`golden/${golden.melFilterbank2048x128.file}`);
    expectClose(Float32Array.from(filters.flatMap((filter) => [...filter])), expected, { relative: 1e-6 });
  });

  test('the recipe of 162 means', () => {
    const means = recipe162(goldenSignal('speech'), golden.sampleRateHz);
    const expected = readFloats(`golden/${golden.recipe162.file}`);
    for (const [from, to] of [
      [0, 1],
      [1, 13],
      [13, 33],
      [33, 34],
      [34, 162],
    ]) {
      expectClose(means.subarray(from, to), expected.subarray(from, to), RELATIVE);
    }
  });
});

interface Extra {
  readonly signals: Record<string, string>;
  readonly cases: readonly ExtraCase[];
  readonly deltas: {
    readonly frames: number;
    readonly dims: number;
    readonly settings: readonly { readonly order: number; readonly width: number; readonly mode: DeltaMode }[];
  };
  readonly decibels: {
    readonly signal: string;
    readonly samples: number;
    readonly settings: readonly { readonly ref?: number; readonly amin?: number; readonly topDb?: number | null }[];
  };
}
interface ExtraCase {
  readonly id: string;
  readonly signal: string;
  readonly samples?: number;
  readonly config: FeatureConfigInput;
  readonly frames: number;
  readonly dims: number;
  readonly offset: number;
  readonly tunings?: readonly number[];
}

const extra = readJson('extra/manifest.json') as Extra;
const expectedFeatures = readFloats('extra/expected.f32');

/** Some columns of a row-major matrix. */
function columnsOf(data: Float32Array, dims: number, start: number, length: number): Float32Array {
  return data.filter((_, i) => i % dims >= start && i % dims < start + length);
}

describe('librosa’s formulas with other settings', () => {
  test.each(extra.cases)('$id', ({ config, signal, samples, frames, dims, offset, tunings }) => {
    const y = readFloats(`extra/${extra.signals[signal]!}`).subarray(0, samples);
    const extractor = FeatureExtractor.fromConfig(config);
    const matrix = extractor.extract(y);
    expect([matrix.frames, matrix.dims]).toEqual([frames, dims]);
    const expected = expectedFeatures.subarray(offset, offset + frames * dims);
    const spec = (column: (typeof extractor.columns)[number]): Record<string, unknown> =>
      config.features.find(({ name }) => name === column.name)!;
    let ownValues = 0;
    for (const column of extractor.columns) {
      const actualValues = columnsOf(matrix.data, dims, column.start, column.length);
      const values = columnsOf(expected, dims, column.start, column.length);
      if (column.derivative === 0) ownValues = largestOf(values);
      const isDecibels = column.name === 'melspectrogram' && 'decibels' in spec(column);
      if (column.name === 'zero_crossing_rate') expectClose(actualValues, values, EXACT);
      else if (isDecibels) expectClose(actualValues, values, DECIBELS);
      // A derivative is a difference of single-precision values: its error is measured against theirs.
      else if (column.derivative > 0) expectClose(actualValues, values, { relative: 1e-4, absolute: 1e-6 * ownValues });
      else expectClose(actualValues, values, RELATIVE);
    }
    const tuned = config.features.filter(({ name, tuning }) => name === 'chroma_stft' && tuning === undefined);
    tuned.forEach(({ nChroma, power }, i) => {
      if (power === 1) return;
      const binsPerOctave = typeof nChroma === 'number' ? nChroma : 12;
      expect(estimatedTuning(config, y, binsPerOctave)).toBeCloseTo(tunings![i]!, 6);
    });
  });

  test('derivatives up to the third order', () => {
    const { frames, dims, settings } = extra.deltas;
    const values = readFloats('extra/deltas.f32');
    const data = values.subarray(0, frames * dims);
    settings.forEach((setting, i) => {
      const expected = values.subarray((i + 1) * frames * dims, (i + 2) * frames * dims);
      expectClose(delta({ data, frames, dims }, setting).data, expected, RELATIVE);
    });
  });

  test('decibels of amplitudes and of powers', () => {
    const { signal, samples, settings } = extra.decibels;
    const amplitudes = readFloats(`extra/${extra.signals[signal]!}`).subarray(0, samples);
    const expected = readFloats('extra/decibels.f32');
    const actual = settings.flatMap((setting) => [
      amplitudeToDb(amplitudes, setting),
      powerToDb(amplitudes.map(Math.abs), setting),
    ]);
    actual.forEach((db, i) => {
      expectClose(db, expected.subarray(i * samples, (i + 1) * samples), DECIBELS);
    });
  });
});
