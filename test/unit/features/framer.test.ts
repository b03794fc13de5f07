import { describe, expect, test } from '@jest/globals';
import { Framer, WORK_AREA_SLACK, type Framing } from '../../../src/features/framer.ts';
import { seededRandom } from '../../helpers/signals.ts';

interface Frame {
  samples: number[];
  from: number;
  to: number;
}

/** Cuts 1, 2, 3, ... length into frames, in chunks of the given sizes (the last one takes the rest). */
function cut(length: number, framing: Framing, chunkSizes: () => number = () => length): Frame[] {
  const work = new Float32Array(framing.frameLength + WORK_AREA_SLACK);
  const frames: Frame[] = [];
  const framer = new Framer(framing, work, (at, from, to) => {
    frames.push({ samples: [...work.subarray(at, at + framing.frameLength)], from, to });
  });
  const signal = Float32Array.from({ length }, (_, i) => i + 1);
  for (let at = 0; at < length;) {
    const size = Math.min(length - at, chunkSizes());
    framer.push(signal.subarray(at, at + size));
    work.fill(NaN); // another stream may have used the work area in between
    at += size;
  }
  expect(framer.finish()).toBe(length);
  return frames;
}

describe('padding', () => {
  const framing: Framing = { frameLength: 4, hopLength: 2, center: true, padMode: 'constant' };

  test('constant: zeros on both sides, one frame a hop and one more', () => {
    const frames = cut(5, framing);
    expect(frames.map(({ samples }) => samples)).toEqual([
      [0, 0, 1, 2],
      [1, 2, 3, 4],
      [3, 4, 5, 0],
    ]);
    expect(frames.map(({ from, to }) => [from, to])).toEqual([
      [2, 4],
      [0, 4],
      [0, 3],
    ]);
  });

  test('reflect: the signal mirrored at its edge samples', () => {
    expect(cut(5, { ...framing, padMode: 'reflect' }).map(({ samples }) => samples)).toEqual([
      [3, 2, 1, 2],
      [1, 2, 3, 4],
      [3, 4, 5, 4],
    ]);
  });

  test('reflect: a signal shorter than the padding is mirrored again and again, as NumPy does', () => {
    const frames = cut(2, { frameLength: 8, hopLength: 8, center: true, padMode: 'reflect' });
    expect(frames.map(({ samples }) => samples)).toEqual([[1, 2, 1, 2, 1, 2, 1, 2]]);
    expect(cut(1, { frameLength: 4, hopLength: 4, center: true, padMode: 'reflect' })[0]!.samples).toEqual([
      1, 1, 1, 1,
    ]);
  });

  test('edge: the first and last samples repeated', () => {
    expect(cut(5, { ...framing, padMode: 'edge' }).map(({ samples }) => samples)).toEqual([
      [1, 1, 1, 2],
      [1, 2, 3, 4],
      [3, 4, 5, 5],
    ]);
  });

  test('without centring there is no padding and no frame that is not full', () => {
    expect(cut(5, { ...framing, center: false }).map(({ samples }) => samples)).toEqual([[1, 2, 3, 4]]);
    expect(cut(3, { ...framing, center: false })).toEqual([]);
  });

  test('an empty signal has no frames', () => {
    expect(cut(0, framing)).toEqual([]);
    expect(cut(0, { ...framing, padMode: 'reflect' })).toEqual([]);
  });
});

describe('chunks', () => {
  const framings: Framing[] = [];
  for (const padMode of ['constant', 'reflect', 'edge'] as const) {
    for (const center of [true, false]) {
      framings.push({ frameLength: 16, hopLength: 5, center, padMode });
      framings.push({ frameLength: 7, hopLength: 7, center, padMode });
      framings.push({ frameLength: 4, hopLength: 11, center, padMode }); // gaps between frames
    }
  }

  test.each(framings)('any sizes give the same frames: %j', (framing) => {
    const random = seededRandom(7);
    for (const length of [1, 3, 8, 9, 16, 17, 100, 20_000]) {
      const whole = cut(length, framing);
      const most = length > 1_000 ? 900 : 12;
      expect(cut(length, framing, () => 1 + Math.floor(random() * most))).toEqual(whole);
    }
  });
});
