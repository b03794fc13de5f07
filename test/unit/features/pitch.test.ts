import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { planAutocorrelation } from '../../../src/features/autocorrelation.ts';
import { LocalViterbi } from '../../../src/features/local-viterbi.ts';
import { pyin } from '../../../src/features/pyin.ts';
import { createPitchTracker, yin } from '../../../src/features/yin.ts';

const sampleRateHz = 16_000;
const speech = { fmin: 65, fmax: 500, sampleRateHz };
const whole = { ...speech, center: false };

/** Uniform numbers in -1..1 from a linear congruential generator, the same on every machine. */
function createNoise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

function synthesize(seconds: number, at: (t: number) => number): Float32Array {
  return Float32Array.from({ length: Math.round(seconds * sampleRateHz) }, (_, i) => at(i / sampleRateHz));
}

const tone = (hz: number, seconds = 0.5): Float32Array =>
  synthesize(seconds, (t) => 0.5 * Math.sin(2 * Math.PI * hz * t));

function harmonics(phase: number, count: number): number {
  let sum = 0;
  for (let k = 1; k <= count; k++) sum += (0.3 / k) * Math.sin(k * phase);
  return sum;
}

/** Six harmonics that rise from 100 Hz by 1.5 octaves within a second. */
const glide = (): Float32Array =>
  synthesize(1, (t) => harmonics((2 * Math.PI * 100 * (2 ** (1.5 * t) - 1)) / (1.5 * Math.LN2), 6));

/** 0.2 s of silence, 0.5 s of a voice around 120 Hz, 0.3 s of noise. */
function phrase(): Float32Array {
  const noise = createNoise(7);
  return synthesize(1, (t) => {
    if (t < 0.2) return 0;
    if (t < 0.7) return harmonics(2 * Math.PI * 120 * t + 0.5 * Math.sin(2 * Math.PI * 5 * t), 12) + 0.002 * noise();
    return 0.2 * noise();
  });
}

const median = (values: Float32Array): number => values.toSorted()[Math.floor(values.length / 2)]!;
const share = (flags: Uint8Array): number => flags.reduce((sum, flag) => sum + flag, 0) / flags.length;

describe('autocorrelation', () => {
  test.each([
    [64, 20],
    [63, 62],
    [100, 99],
  ])('equals its defining sum (frame of %i, lags to %i)', (frameLength, maxLag) => {
    const noise = createNoise(1);
    const samples = Float32Array.from({ length: frameLength + 8 }, noise);
    const out = new Float64Array(maxLag + 1);
    planAutocorrelation(frameLength, maxLag)(samples, 5, out);
    const frame = samples.subarray(5, 5 + frameLength);
    for (let lag = 0; lag <= maxLag; lag++) {
      let sum = 0;
      for (let i = lag; i < frameLength; i++) sum += frame[i]! * frame[i - lag]!;
      expect(out[lag]).toBeCloseTo(sum, 12);
    }
  });
});

describe('yin', () => {
  // librosa takes what follows the frame as zero, which draws troughs to shorter lags: a bias of up to about
  // 0.05 period / frameLength. The parabola adds about 0.5 / period^2. Within 0.1 % is met only where both are small.
  test.each([
    [60, 2_048],
    [70, 1_024],
    [100, 2_048],
    [100, 4_096],
    [220.5, 2_048],
    [333.3, 4_096],
    [440, 2_048],
    [800, 2_048],
  ])('finds a sine of %d Hz as closely as frames of %i samples allow', (hz, frameLength) => {
    const period = sampleRateHz / hz;
    const bound = (0.05 * period) / frameLength + 0.5 / period ** 2;
    const found = yin(tone(hz), { ...whole, fmin: 50, fmax: 2 * hz, frameLength });
    expect(found.length).toBeGreaterThan(2);
    for (const f0 of found) expect(Math.abs(f0 / hz - 1)).toBeLessThan(bound);
  });

  test.each([440, 600])('finds a sine of %i Hz within 0.1 %%', (hz) => {
    for (const f0 of yin(tone(hz), { ...whole, fmax: 2_000 })) expect(Math.abs(f0 / hz - 1)).toBeLessThan(1e-3);
  });

  test('hears the missing fundamental of harmonics 3, 4 and 5', () => {
    const samples = synthesize(0.5, (t) =>
      [3, 4, 5].reduce((sum, k) => sum + 0.2 * Math.sin(2 * Math.PI * 110 * k * t), 0),
    );
    for (const f0 of yin(samples, whole)) expect(Math.abs(f0 / 110 - 1)).toBeLessThan(2e-3);
  });

  test('keeps to the octave of a tone whose second harmonic is ten times stronger', () => {
    const samples = synthesize(
      0.5,
      (t) => 0.05 * Math.sin(2 * Math.PI * 150 * t) + 0.5 * Math.sin(2 * Math.PI * 300 * t),
    );
    const f0 = yin(samples, { ...whole, troughThreshold: 0.01 });
    expect(Math.abs(median(f0) / 150 - 1)).toBeLessThan(5e-3);
  });

  test('counts frames as librosa does', () => {
    const samples = new Float32Array(5_000);
    expect(yin(samples, speech)).toHaveLength(1 + Math.floor(5_000 / 512));
    expect(yin(samples, { ...whole, hopLength: 300 })).toHaveLength(1 + Math.floor((5_000 - 2_048) / 300));
    expect(yin(new Float32Array(100), speech)).toHaveLength(1);
    expect(yin(new Float32Array(100), whole)).toHaveLength(0);
    expect(yin(new Float32Array(0), speech)).toHaveLength(0);
  });

  test('silence reads as the shortest period, as in librosa', () => {
    expect(yin(new Float32Array(4_096), whole)).toEqual(new Float32Array(5).fill(sampleRateHz / 32));
  });
});

describe('pitch tracker', () => {
  test('gives a stream the values of a file', () => {
    const samples = glide();
    const tracker = createPitchTracker(speech);
    const out = new Float32Array(2);
    const streamed = Array.from({ length: 20 }, (_, t) => {
      tracker.track(samples.slice(t * 512, t * 512 + 2_048), out);
      return out[0]!;
    });
    expect(streamed).toEqual([...yin(samples, whole).subarray(0, 20)]);
  });

  test('a tone is strong, noise weak, silence without voice', () => {
    const noise = createNoise(3);
    const tracker = createPitchTracker(speech);
    const strength = (samples: Float32Array): number => {
      const out = new Float32Array(2);
      tracker.track(samples, out);
      return out[1]!;
    };
    expect(strength(tone(200))).toBeCloseTo(1 - 80 / (2 * 2_048), 2);
    expect(strength(synthesize(0.2, () => 0.3 * noise()))).toBeLessThan(0.25);
    expect(strength(new Float32Array(2_048))).toBe(0);
  });
});

describe('pyin', () => {
  test('finds a sine within half a pitch bin, voiced throughout', () => {
    const { f0, voicedFlag, voicedProbability } = pyin(tone(220), whole);
    expect(share(voicedFlag)).toBe(1);
    for (const hz of f0) expect(Math.abs(1_200 * Math.log2(hz / 220))).toBeLessThanOrEqual(5.1);
    expect(Math.min(...voicedProbability)).toBeGreaterThan(0.9);
  });

  test('silence is unvoiced; fillNa says what f0 then holds', () => {
    const silence = new Float32Array(8_000);
    const { f0, voicedFlag, voicedProbability } = pyin(silence, speech);
    expect(share(voicedFlag)).toBe(0);
    expect([...f0].every(Number.isNaN)).toBe(true);
    expect(Math.max(...voicedProbability)).toBe(0);
    expect(pyin(silence, { ...speech, fillNa: 0 }).f0.every((hz) => hz === 0)).toBe(true);
    expect(pyin(silence, { ...speech, fillNa: null }).f0.every((hz) => hz >= 65)).toBe(true);
  });

  test('noise is mostly unvoiced', () => {
    const noise = createNoise(5);
    const { voicedFlag } = pyin(
      synthesize(2, () => 0.3 * noise()),
      speech,
    );
    expect(share(voicedFlag)).toBeLessThan(0.1);
  });

  test('without a whole frame there is nothing to decode', () => {
    expect(pyin(new Float32Array(100), whole).f0).toHaveLength(0);
  });
});

/** Viterbi over the full matrix, straight from its definition. Returns the best score, and scores a given path. */
function denseViterbi(
  observations: number[][],
  transition: number[][],
): { best: number; score(path: Uint16Array): number } {
  const tiny = 2 ** -1022;
  const states = transition.length;
  const log = (p: number): number => Math.log(p + tiny);
  const start = log(1 / states);
  let value = observations[0]!.map((p) => log(p) + start);
  for (const row of observations.slice(1)) {
    const before = value;
    value = row.map((p, to) => log(p) + Math.max(...before.map((v, from) => v + log(transition[from]![to]!))));
  }
  return {
    best: Math.max(...value),
    score: (path) =>
      observations.reduce((sum, row, t) => {
        const move = t === 0 ? start : log(transition[path[t - 1]!]![path[t]!]!);
        return sum + move + log(row[path[t]!]!);
      }, 0),
  };
}

/** librosa's local transition matrix: a triangle padded to a row and rotated to each state, without wrapping. */
function localRows(bins: number, width: number): number[][] {
  const pad = Math.floor((bins - width) / 2);
  return Array.from({ length: bins }, (_, i) => {
    const row = new Array<number>(bins).fill(0);
    for (let k = 0; k < width; k++) {
      const j = (pad + k + Math.floor(bins / 2) + i + 1) % bins;
      // Twice the triangle: 2, 4, .., 4, 2 for odd widths and 1, 3, .., 3, 1 for even ones, as SciPy's.
      if (Math.abs(j - i) <= width / 2) row[j] = 2 * Math.min(k + 1, width - k) - (width % 2 === 0 ? 1 : 0);
    }
    const sum = row.reduce((x, y) => x + y, 0);
    return row.map((p) => p / sum);
  });
}

describe('local Viterbi', () => {
  const switchProbability = 0.01;

  /** Random observations of 30 frames: dense, or `certain`, sparse and without a way around through unvoiced states. */
  function decode(
    bins: number,
    width: number,
    certain: boolean,
    seed: number,
  ): { path: Uint16Array; observations: number[][] } {
    const noise = createNoise(seed);
    const random = (): number => (noise() + 1) / 2;
    const decoder = new LocalViterbi(bins, width, switchProbability, 30);
    const observations = Array.from({ length: 30 }, () => {
      const voiced = new Float64Array(bins);
      for (let k = 0; k < (certain ? 2 : 60); k++) voiced[Math.floor(random() * bins)] = random() / bins;
      const unvoiced = certain ? 0 : (1 - voiced.reduce((a, b) => a + b, 0)) / bins;
      decoder.step(voiced, unvoiced);
      return [...voiced, ...new Array<number>(bins).fill(unvoiced)];
    });
    return { path: decoder.path(), observations };
  }

  test.each([
    [24, 7, false],
    [24, 7, true],
    [25, 7, true],
    [24, 8, false],
    [24, 8, true],
    [25, 8, true],
    [24, 1, false],
    [25, 25, false],
    [24, 23, false],
  ])('reaches the optimum of the dense matrix (%i bins, width %i, certain: %s)', (bins, width, certain) => {
    const local = localRows(bins, width);
    const transition = Array.from({ length: 2 * bins }, (_, from) =>
      Array.from({ length: 2 * bins }, (__, to) => {
        const stays = from < bins === to < bins;
        return (stays ? 1 - switchProbability : switchProbability) * local[from % bins]![to % bins]!;
      }),
    );
    let outOfBand = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const { path, observations } = decode(bins, width, certain, seed);
      const dense = denseViterbi(observations, transition);
      expect(dense.score(path)).toBeCloseTo(dense.best, 8);
      outOfBand += path.subarray(1).filter((state, t) => transition[path[t]!]![state] === 0).length;
    }
    if (certain) expect(outOfBand).toBeGreaterThan(0);
  });
});

describe('against the reference of librosa 0.11', () => {
  const cases = [
    ['glide-default', glide, speech],
    ['glide-short', glide, { ...whole, fmin: 75, fmax: 400, frameLength: 1_024, hopLength: 160 }],
    ['phrase-default', phrase, speech],
    [
      'phrase-reflect',
      phrase,
      { ...speech, fmax: 1_000, frameLength: 2_000, hopLength: 256, padMode: 'reflect', resolution: 0.34 },
    ],
  ] as const;

  test.each(cases)('%s', (name, signal, options) => {
    const bytes = readFileSync(new URL(`../../fixtures/pitch/${name}.f32`, import.meta.url));
    const golden = new Float32Array(new Uint8Array(bytes).buffer);
    const frames = golden.length / 4;
    const [yinF0, pyinF0, flag, probability] = [0, 1, 2, 3].map((row) =>
      golden.subarray(row * frames, (row + 1) * frames),
    );
    const samples = signal();
    const result = pyin(samples, options);
    const f0 = yin(samples, options);
    expect(f0).toHaveLength(frames);
    expect([...result.voicedFlag]).toEqual([...flag!]);
    for (let t = 0; t < frames; t++) {
      expect(Math.abs(f0[t]! / yinF0![t]! - 1)).toBeLessThan(1e-5);
      expect(Math.abs(result.voicedProbability[t]! - probability![t]!)).toBeLessThan(1e-5);
      if (flag![t] === 1) expect(Math.abs(result.f0[t]! / pyinF0![t]! - 1)).toBeLessThan(1e-6);
      else expect(result.f0[t]).toBeNaN();
    }
    expect(share(result.voicedFlag)).toBeGreaterThan(0.3);
  });
});

describe('bad input', () => {
  const samples = tone(200);
  test.each([
    ['fmin above fmax', { fmin: 500, fmax: 100 }, 'fmin'],
    ['fmin of zero', { fmin: 0 }, 'fmin'],
    ['fmax beyond half the sample rate', { fmax: 8_001 }, 'fmax'],
    ['a period longer than the frame', { frameLength: 247 }, 'fmin'],
    ['no sample rate', { sampleRateHz: NaN }, 'sampleRateHz'],
    ['half a frame', { frameLength: 1_000.5 }, 'frameLength'],
    ['no hop', { hopLength: 0 }, 'hopLength'],
  ])('%s is refused by both', (_, wrong, subject) => {
    const error = expect.objectContaining({ code: 'FEATURE_CONFIG_INVALID', subject });
    expect(() => yin(samples, { ...speech, ...wrong })).toThrow(error);
    expect(() => pyin(samples, { ...speech, ...wrong })).toThrow(error);
  });

  test.each([
    ['nThresholds', { nThresholds: 0 }],
    ['betaParameters', { betaParameters: [0.5, 18] }],
    ['boltzmannParameter', { boltzmannParameter: 0 }],
    ['resolution', { resolution: 1 }],
    ['resolution', { resolution: 0.0005 }],
    ['switchProb', { switchProb: 1.5 }],
    ['noTroughProb', { noTroughProb: -1 }],
    ['maxTransitionRate', { hopLength: 2_048 }],
    ['fmax', { fmax: 65.1 }],
  ] as const)('pyin names %s', (subject, wrong) => {
    expect(() => pyin(samples, { ...speech, ...wrong })).toThrow(
      expect.objectContaining({ code: 'FEATURE_CONFIG_INVALID', subject }),
    );
  });

  test('a frame that just holds a period of fmin is accepted', () => {
    expect(yin(samples, { ...whole, frameLength: 248 }).length).toBeGreaterThan(0);
  });

  test('samples that are not finite are named', () => {
    const broken = tone(200);
    broken[17] = NaN;
    expect(() => yin(broken, speech)).toThrow(
      expect.objectContaining({ code: 'AUDIO_INVALID_SAMPLES', subject: 'sample 17' }),
    );
  });
});
