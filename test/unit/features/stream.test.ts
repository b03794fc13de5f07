import { describe, expect, test } from '@jest/globals';
import { FeatureExtractor, type FeatureConfigInput, type FeatureStream } from '../../../src/features/index.ts';

const topDb = { topDb: null };
const descriptors: FeatureConfigInput['features'] = [
  { name: 'spectral_centroid' },
  { name: 'spectral_bandwidth' },
  { name: 'spectral_rolloff' },
  { name: 'spectral_flatness' },
];
const CONFIGS: Record<string, Partial<FeatureConfigInput> & Pick<FeatureConfigInput, 'features'>> = {
  'zeros around': {
    features: [
      { name: 'mfcc', decibels: topDb },
      { name: 'chroma_stft', tuning: 0 },
    ],
  },
  reflection: { padMode: 'reflect', features: [{ name: 'melspectrogram', nMels: 20 }, { name: 'rms' }] },
  'edge values': { padMode: 'edge', features: [{ name: 'spectrogram', power: 1 }, ...descriptors] },
  uncentred: { center: false, features: [{ name: 'rms' }, { name: 'zero_crossing_rate' }] },
  'hop above frame': { nFft: 128, hopLength: 1_000, features: descriptors },
  'hop above frame, uncentred': { nFft: 128, hopLength: 333, center: false, features: descriptors },
  'hop of one sample': { nFft: 16, hopLength: 1, padMode: 'reflect', features: [{ name: 'spectral_centroid' }] },
  'odd transform': { nFft: 401, winLength: 300, padMode: 'reflect', features: [{ name: 'melspectrogram', nMels: 9 }] },
  'frames of several lengths': {
    padMode: 'reflect',
    features: [
      { name: 'rms', frameLength: 1_000 },
      { name: 'zero_crossing_rate', frameLength: 75 },
      { name: 'melspectrogram', nMels: 9 },
    ],
  },
  'derivatives, interp': { features: [{ name: 'mfcc', deltas: 2, deltaWidth: 5, decibels: topDb }] },
  'derivatives, nearest': {
    features: [{ name: 'rms', deltas: 2, deltaMode: 'nearest' }, { name: 'zero_crossing_rate' }],
  },
  'derivatives of several widths': {
    features: [
      { name: 'rms', deltas: 1, deltaWidth: 3 },
      { name: 'spectral_centroid', deltas: 2, deltaWidth: 15, deltaMode: 'nearest' },
      { name: 'zero_crossing_rate', deltas: 2, deltaWidth: 7 },
      { name: 'spectral_flatness' },
    ],
  },
};

const makeExtractor = (config: (typeof CONFIGS)[string]): FeatureExtractor =>
  FeatureExtractor.fromConfig({ sampleRateHz: 16_000, nFft: 512, hopLength: 160, ...config });

/** Repeatable numbers within 0..1 (Park and Miller 1988). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** A tone that swells and fades, over noise. */
function makeSignal(length: number, seed = 1): Float32Array {
  const random = randomNumbers(seed);
  return Float32Array.from({ length }, (_, i) => 0.3 * Math.sin(i / 7) * Math.sin(i / 900) + 0.1 * (random() - 0.5));
}

type Chunking = (random: () => number) => number;
const CHUNKINGS: Record<string, Chunking> = {
  'one by one': () => 1,
  '20 ms': () => 320,
  'all at once': () => Infinity,
  'of any size': (random) => Math.floor(random() < 0.3 ? random() * 2 : random() * 3_000),
};

function* chunks(samples: Float32Array, size: Chunking, seed: number): Generator<Float32Array> {
  const random = randomNumbers(seed);
  for (let at = 0; at < samples.length;) {
    const next = Math.min(samples.length, at + size(random));
    yield samples.subarray(at, next);
    at = next;
  }
}

const joined = (parts: readonly Float32Array[]): Float32Array => Float32Array.from(parts.flatMap((part) => [...part]));

function streamed(stream: FeatureStream, samples: Float32Array, size: Chunking, seed = 1): Float32Array {
  const parts = Array.from(chunks(samples, size, seed), (chunk) => stream.push(chunk).data);
  return joined([...parts, stream.finish().data]);
}

function expectSame(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length);
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const worst = actual.reduce((max, value, i) => Math.max(max, Math.abs(value - expected[i]!)), 0);
  expect(worst).toBeLessThanOrEqual(1e-5 * largest);
}

describe.each(Object.entries(CONFIGS))('a stream gives the features of the whole recording: %s', (_, config) => {
  test.each(Object.entries(CHUNKINGS))('chunks %s', (_, size) => {
    const extractor = makeExtractor(config);
    const samples = makeSignal(9_001);
    const whole = extractor.extract(samples);
    expect(whole.frames).toBeGreaterThan(5);
    expectSame(streamed(extractor.createStream(), samples, size), whole.data);
  });

  test.each([0, 1, 2, 17, 255, 256, 257, 511, 512, 513, 1_025])('%d samples', (length) => {
    const extractor = makeExtractor(config);
    const samples = makeSignal(length);
    const whole = (): Float32Array => extractor.extract(samples).data;
    const live = (): Float32Array => streamed(extractor.createStream(), samples, CHUNKINGS['of any size']!, length + 1);
    let expected: Float32Array;
    try {
      expected = whole();
    } catch (error) {
      expect(live).toThrow(error); // too short for derivatives, either way
      return;
    }
    expectSame(live(), expected);
  });

  test('two streams of one extractor do not disturb each other, nor does a recording between them', () => {
    const extractor = makeExtractor(config);
    const [first, second] = [makeSignal(6_000, 2), makeSignal(6_000, 3)];
    const expected = [extractor.extract(first).data, extractor.extract(second).data] as const;
    const streams = [extractor.createStream(), extractor.createStream()] as const;
    const parts: [Float32Array[], Float32Array[]] = [[], []];
    const firstChunks = [...chunks(first, CHUNKINGS['of any size']!, 4)];
    const secondChunks = [...chunks(second, CHUNKINGS['of any size']!, 5)];
    for (let i = 0; i < Math.max(firstChunks.length, secondChunks.length); i++) {
      parts[0].push(streams[0].push(firstChunks[i] ?? new Float32Array(0)).data);
      parts[1].push(streams[1].push(secondChunks[i] ?? new Float32Array(0)).data);
      if (i === 1) extractor.extract(makeSignal(3_000, 6));
    }
    expectSame(joined([...parts[0], streams[0].finish().data]), expected[0]);
    expectSame(joined([...parts[1], streams[1].finish().data]), expected[1]);
  });

  test('a recording that arrives in chunks', async () => {
    const extractor = makeExtractor(config);
    const samples = makeSignal(9_001);
    // eslint-disable-next-line @typescript-eslint/require-await -- a source of chunks is asynchronous by contract
    const source = async function* (): AsyncGenerator<Float32Array> {
      yield* chunks(samples, CHUNKINGS['of any size']!, 9);
    };
    expectSame((await extractor.extractFrom(source)).data, extractor.extract(samples).data);
  });
});

describe('a stream', () => {
  test('returns matrices that later calls leave alone', () => {
    const stream = makeExtractor({ features: [{ name: 'rms' }] }).createStream();
    const early = stream.push(makeSignal(2_000));
    const copy = early.data.slice();
    stream.push(makeSignal(4_000, 5));
    expect(early.data).toEqual(copy);
  });

  test('returns a centred frame as soon as half a frame after its centre has arrived', () => {
    const stream = makeExtractor({ features: [{ name: 'rms' }] }).createStream();
    expect(stream.push(makeSignal(255)).frames).toBe(0);
    expect(stream.push(makeSignal(1)).frames).toBe(1);
    expect(stream.push(makeSignal(159)).frames).toBe(0);
    expect(stream.push(makeSignal(1)).frames).toBe(1);
  });

  test.each([Number.NaN, Infinity])('refuses %d as a whole recording does', async (bad) => {
    const extractor = makeExtractor({ features: [{ name: 'melspectrogram' }] });
    const samples = makeSignal(2_000);
    samples[777] = bad;
    const refused = { name: 'UndertoneError', code: 'AUDIO_INVALID_SAMPLES' };
    expect(() => extractor.extract(samples)).toThrow(expect.objectContaining(refused));
    expect(() => extractor.createStream().push(samples)).toThrow(expect.objectContaining(refused));
    // eslint-disable-next-line @typescript-eslint/require-await -- a source of chunks is asynchronous by contract
    const source = async function* (): AsyncGenerator<Float32Array> {
      yield samples;
    };
    await expect(extractor.extractFrom(source)).rejects.toMatchObject(refused);
  });
});
