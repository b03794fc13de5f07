import { describe, expect, test } from '@jest/globals';
import { FeatureExtractor } from '../../../src/features/index.ts';
import {
  ClipFeatures,
  DEFAULT_FEATURES,
  FrameStatistics,
  hearingSchema,
  InputNormaliser,
  prepareClip,
} from '../../../src/predictor/index.ts';
import { seededRandom, sine, whiteNoise } from '../../helpers/signals.ts';
import { rms, toDecibels } from '../../helpers/tones.ts';

const RATE = 16_000;
const BLOCK = 256;
const hearing = hearingSchema.parse({});

function joined(...parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => (out.set(part, at), at + part.length), 0);
  return out;
}

const tone = (amplitude: number, blocks: number): Float32Array => sine(1_000, blocks * BLOCK, RATE, amplitude);

describe('prepareClip', () => {
  test('leaves four blocks of silence before and after the sound', () => {
    const clip = joined(new Float32Array(20 * BLOCK), tone(0.1, 30), new Float32Array(25 * BLOCK));
    const prepared = prepareClip(clip, { ...hearing, level: null });
    expect(prepared).toEqual(clip.subarray(16 * BLOCK, 54 * BLOCK));
  });

  test('silence is what is 35 dB below the loudest block, and what is below -75 dB', () => {
    const quieter = (db: number): Float32Array => tone(10 ** (db / 20), 10);
    const trimmedLength = (before: Float32Array, loud: Float32Array): number =>
      prepareClip(joined(before, loud), { ...hearing, trim: { ...hearing.trim!, padMs: 0 }, level: null }).length /
      BLOCK;
    expect(trimmedLength(quieter(-34), quieter(0))).toBe(20);
    expect(trimmedLength(quieter(-36), quieter(0))).toBe(10);
    // A sine's power is 3 dB below the square of its amplitude.
    expect(trimmedLength(quieter(-70), quieter(-60))).toBe(20);
    expect(trimmedLength(quieter(-75), quieter(-60))).toBe(10);
  });

  test('brings the loud part of a clip to -23 dB, whatever its level and its pauses', () => {
    for (const amplitude of [0.001, 0.1, 0.9]) {
      const clip = joined(tone(amplitude, 20), new Float32Array(40 * BLOCK), tone(amplitude, 20));
      const prepared = prepareClip(clip, hearing);
      expect(prepared).toHaveLength(clip.length);
      expect(toDecibels(rms(prepared.subarray(0, 20 * BLOCK)))).toBeCloseTo(-23, 3);
    }
  });

  test('does not touch the given samples, and survives silence and nothing', () => {
    const clip = tone(0.5, 4);
    prepareClip(clip, hearing);
    expect(clip).toEqual(tone(0.5, 4));
    expect(prepareClip(new Float32Array(1_000), hearing)).toEqual(new Float32Array(1_000));
    expect(prepareClip(new Float32Array(0), hearing)).toHaveLength(0);
    expect(prepareClip(Float32Array.of(0.5), hearing)).toHaveLength(1);
  });

  test('without trim and level the samples are what they were', () => {
    const clip = joined(new Float32Array(20 * BLOCK), tone(0.1, 3));
    expect(prepareClip(clip, { ...hearing, trim: null, level: null })).toBe(clip);
  });
});

describe('ClipFeatures', () => {
  test('is ln(mel + 1e-6) of the prepared clip', () => {
    const clip = joined(new Float32Array(4_000), whiteNoise(RATE, 3, 0.2));
    const features = new ClipFeatures(hearing);
    const heard = features.hear(clip);
    const mel = FeatureExtractor.fromConfig(DEFAULT_FEATURES).extract(prepareClip(clip, hearing));
    expect([heard.dims, heard.frames, features.dims, features.hopMs]).toEqual([64, mel.frames, 64, 16]);
    expect(heard.data).toEqual(mel.data.map((power) => Math.log(power + 1e-6)));
  });

  test('the distance to the microphone is not heard', () => {
    const clip = whiteNoise(RATE, 3, 0.2);
    const features = new ClipFeatures(hearing);
    const near = features.hear(clip);
    const far = features.hear(clip.map((sample) => sample / 30));
    near.data.forEach((value, i) => {
      expect(far.data[i]).toBeCloseTo(value, 3);
    });
  });

  test('what is kept of the level moves all log powers alike, by at most 40 dB', () => {
    const clip = whiteNoise(RATE, 3, 0.2);
    const aboveTargetDb = toDecibels(rms(clip)) + 23;
    const levelled = new ClipFeatures(hearing).hear(clip);
    const kept = (keep: number, samples: Float32Array): Float32Array =>
      new ClipFeatures({ ...hearing, level: { ...hearing.level!, keep } }).hear(samples).data;
    const shownDb = (data: Float32Array): number => ((data[100]! - levelled.data[100]!) * 10) / Math.LN10;
    expect(shownDb(kept(1, clip))).toBeCloseTo(aboveTargetDb, 1);
    expect(shownDb(kept(0.5, clip))).toBeCloseTo(aboveTargetDb / 2, 1);
    const softer = clip.map((sample) => sample / 10);
    expect(shownDb(kept(1, softer))).toBeCloseTo(aboveTargetDb - 20, 1);
    const faint = clip.map((sample) => sample / 300);
    expect(shownDb(kept(1, faint))).toBeCloseTo(-40, 1);
    kept(1, softer).forEach((value, i) => {
      expect(value - levelled.data[i]!).toBeCloseTo(((aboveTargetDb - 20) * Math.LN10) / 10, 2);
    });
  });
});

const random = seededRandom(5);
const DIMS = 3;
/** Frames around (dim * 10 + offset). */
const someFrames = (frames: number, offset = 0, spread = 1) => ({
  frames,
  dims: DIMS,
  data: Float32Array.from({ length: frames * DIMS }, (_, i) => (i % DIMS) * 10 + offset + spread * (random() - 0.5)),
});

describe('FrameStatistics', () => {
  test('is the mean and deviation of all frames, in any portions, in single and half precision', () => {
    const { data, frames, dims } = someFrames(50, 2, 4);
    const half = new Float16Array(data);
    const values = Array.from(half).filter((_, i) => i % dims === 1);
    const mean = values.reduce((sum, value) => sum + value, 0) / frames;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / frames);
    const whole = new FrameStatistics(dims).add({ data: half, frames, dims });
    const portions = new FrameStatistics(dims)
      .add({ data: new Float32Array(half.subarray(0, 60)), frames: 20, dims })
      .add({ data: half.subarray(60), frames: 30, dims });
    for (const statistics of [whole, portions, FrameStatistics.fromJSON(whole.toJSON())]) {
      expect(statistics.frames).toBe(50);
      expect(statistics.mean(1)).toBeCloseTo(mean, 10);
      expect(statistics.deviation(1)).toBeCloseTo(deviation, 8);
    }
  });

  test('merging is seeing the other’s frames, so many times as their weight says', () => {
    const [first, second] = [someFrames(10), someFrames(5, 7)];
    const twice = new FrameStatistics(DIMS).add(first).add(second).add(second);
    const merged = new FrameStatistics(DIMS).add(first).merge(new FrameStatistics(DIMS).add(second), 2);
    expect(merged.frames).toBe(20);
    for (let dim = 0; dim < DIMS; dim++) {
      expect(merged.mean(dim)).toBeCloseTo(twice.mean(dim), 10);
      expect(merged.deviation(dim)).toBeCloseTo(twice.deviation(dim), 8);
    }
  });

  test('nothing heard yet is 0, not NaN', () => {
    const none = new FrameStatistics(2);
    expect([none.frames, none.mean(0), none.deviation(1)]).toEqual([0, 0, 0]);
  });
});

describe('InputNormaliser', () => {
  const mean = [1, 11, 21];
  const deviation = [2, 4, 8];
  const clip = someFrames(7, 3);
  const own = new FrameStatistics(DIMS).add(clip);

  test('the views follow each other in a frame', () => {
    const normaliser = new InputNormaliser({
      mean,
      deviation,
      views: [
        { clipMean: 0, clipLevel: 0 },
        { clipMean: 1, clipLevel: 0 },
      ],
    });
    expect(normaliser.dims).toBe(2 * DIMS);
    const out = normaliser.apply(clip, own);
    expect(out).toHaveLength(7 * 2 * DIMS);
    for (let frame = 0; frame < 7; frame++) {
      for (let dim = 0; dim < DIMS; dim++) {
        const x = clip.data[frame * DIMS + dim]!;
        expect(out[frame * 6 + dim]).toBeCloseTo((x - mean[dim]!) / deviation[dim]!, 5);
        expect(out[frame * 6 + DIMS + dim]).toBeCloseTo((x - own.mean(dim)) / deviation[dim]!, 5);
      }
    }
  });

  test('a share of the clip’s mean is removed', () => {
    const normaliser = new InputNormaliser({ mean, deviation, views: [{ clipMean: 0.25, clipLevel: 0 }] });
    const out = normaliser.apply(clip, own);
    const expected = (clip.data[1]! - (11 + 0.25 * (own.mean(1) - 11))) / 4;
    expect(out[1]).toBeCloseTo(expected, 5);
  });

  test('with the clip’s level removed, a gain changes nothing', () => {
    const louder = { ...clip, data: clip.data.map((value) => value + 3) };
    for (const clipMean of [0, 0.5]) {
      const normaliser = new InputNormaliser({ mean, deviation, views: [{ clipMean, clipLevel: 1 }] });
      const out = normaliser.apply(clip, own);
      normaliser.apply(louder, own).forEach((value, i) => {
        expect(value).toBeCloseTo(out[i]!, 5);
      });
      const apart = mean.map((value, dim) => own.mean(dim) - value);
      const level = apart.reduce((sum, value) => sum + value, 0) / DIMS;
      const removed = clipMean * apart[0]! + (1 - clipMean) * level;
      expect(out[0]).toBeCloseTo((clip.data[0]! - mean[0]! - removed) / deviation[0]!, 5);
    }
  });

  test('an unknown voice has the corpora’s statistics, a well-known one its own', () => {
    const normaliser = new InputNormaliser({ mean, deviation, views: [{ speaker: { shrinkFrames: 200 } }] });
    const unknown = normaliser.apply(clip, new FrameStatistics(DIMS));
    expect(unknown[2]).toBeCloseTo((clip.data[2]! - 21) / 8, 5);
    const known = normaliser.apply(clip, new FrameStatistics(DIMS).merge(own, 1e9));
    expect(known[2]).toBeCloseTo((clip.data[2]! - own.mean(2)) / own.deviation(2), 4);
  });

  test('in between, mean and deviation are those of the speaker’s frames and 200 of the corpora’s together', () => {
    const speaker = someFrames(300, 5, 6);
    // The corpora's frames: half of them one deviation above their mean, half one below.
    const corpora = Float32Array.from(
      { length: 200 * DIMS },
      (_, i) => mean[i % DIMS]! + (Math.floor(i / DIMS) % 2 ? 1 : -1) * deviation[i % DIMS]!,
    );
    const together = new FrameStatistics(DIMS).add(speaker).add({ data: corpora, frames: 200, dims: DIMS });
    const normaliser = new InputNormaliser({ mean, deviation, views: [{ speaker: { shrinkFrames: 200 } }] });
    const out = normaliser.apply(clip, new FrameStatistics(DIMS).add(speaker));
    for (let dim = 0; dim < DIMS; dim++) {
      expect(out[dim]).toBeCloseTo((clip.data[dim]! - together.mean(dim)) / together.deviation(dim), 4);
    }
  });

  test('writes into the memory that it is given', () => {
    const normaliser = new InputNormaliser({ mean, deviation, views: [{ clipMean: 0, clipLevel: 0 }] });
    const batch = new Float32Array(2 * 7 * DIMS);
    const place = batch.subarray(7 * DIMS);
    expect(normaliser.apply(clip, own, place)).toBe(place);
    expect(batch.subarray(7 * DIMS)).toEqual(normaliser.apply(clip, own));
    expect(batch[0]).toBe(0);
  });
});
