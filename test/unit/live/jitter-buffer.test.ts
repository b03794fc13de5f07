import { describe, expect, test } from '@jest/globals';
import { JitterBuffer, type PlacedPacket } from '../../../src/live/jitter-buffer.ts';
import { seededRandom } from '../../helpers/signals.ts';

const DURATION = 960;
const CLOCK_HZ = 48_000;
const payload = new Uint8Array(1);

/** The n-th packet of 20 ms. */
const packet = (n: number, arrivedAtMs = n * 20): PlacedPacket => ({
  payload,
  tick: n * DURATION,
  duration: DURATION,
  sequence: n & 0xffff,
  arrivedAtMs,
});

/** Puts packets in as they come, 20 ms apart, and says in which order they come out. */
function played(buffer: JitterBuffer, order: readonly number[]): number[] {
  const out: number[] = [];
  const take = (nowMs: number): void => {
    for (let next = buffer.take(nowMs); next; next = buffer.take(nowMs)) {
      buffer.played(next);
      out.push(next.tick / DURATION);
    }
  };
  order.forEach((n, index) => {
    buffer.put(packet(n, index * 20));
    take(index * 20);
  });
  take(Infinity);
  return out;
}

describe('JitterBuffer', () => {
  test('brings packets that were mixed up within its depth into their order', () => {
    const random = seededRandom(4);
    const inOrder = Array.from({ length: 500 }, (_, n) => n);
    const mixed = inOrder
      .map((n) => ({ n, at: n + 5 * random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ n }) => n);
    expect(mixed).not.toEqual(inOrder);
    expect(played(new JitterBuffer(120, CLOCK_HZ), mixed)).toEqual(inOrder);
  });

  test('in order, nothing waits after the first', () => {
    const buffer = new JitterBuffer(120, CLOCK_HZ);
    for (let n = 0; n < 8; n++) {
      buffer.put(packet(n));
      for (let next = buffer.take(n * 20); next; next = buffer.take(n * 20)) buffer.played(next);
    }
    expect(buffer.waiting).toBe(0);
    buffer.put(packet(8));
    expect(buffer.take(160)?.tick).toBe(8 * DURATION);
  });

  test('waits for a missing packet no longer than its depth, and refuses it afterwards', () => {
    const buffer = new JitterBuffer(120, CLOCK_HZ);
    expect(played(buffer, [0, 1, 2])).toEqual([0, 1, 2]);
    buffer.put(packet(4, 80));
    expect(buffer.take(80)).toBeUndefined();
    expect(buffer.take(199)).toBeUndefined();
    const late = buffer.take(200)!;
    expect(late.tick).toBe(4 * DURATION);
    expect(buffer.missingBefore(late)).toBe(1);
    expect(buffer.put(packet(3, 210))).toBe(false);
  });

  test('refuses second copies, of what waits and of what was taken', () => {
    const buffer = new JitterBuffer(120, CLOCK_HZ);
    expect(buffer.put(packet(5))).toBe(true);
    expect(buffer.put(packet(5))).toBe(false);
    expect(played(buffer, [])).toEqual([5]);
    expect(buffer.put(packet(5))).toBe(false);
  });

  test('a pause without a missing packet is no reason to wait', () => {
    const buffer = new JitterBuffer(120, CLOCK_HZ);
    played(buffer, [0, 1]);
    const afterPause = { ...packet(100), sequence: 2, arrivedAtMs: 2_000 };
    buffer.put(afterPause);
    expect(buffer.take(2_000)).toBe(afterPause);
    expect(buffer.missingBefore(afterPause)).toBe(0);
  });

  test('counts what is missing across the wrap of 16 bits', () => {
    const buffer = new JitterBuffer(120, CLOCK_HZ);
    played(buffer, [65_534]);
    expect(buffer.missingBefore(packet(65_538))).toBe(3);
  });

  test('holds no more packets than any network delays', () => {
    const buffer = new JitterBuffer(60_000, CLOCK_HZ);
    for (let n = 0; n < 200; n++) {
      buffer.put(packet(2 * n, 0));
      while (buffer.take(0)) continue;
    }
    expect(buffer.waiting).toBeLessThanOrEqual(64);
  });
});
