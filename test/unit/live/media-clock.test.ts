import { describe, expect, test } from '@jest/globals';
import { MediaClock } from '../../../src/live/media-clock.ts';

const PACKET = 160;
const HOUR_TICKS = 8_000 * 3_600;

/** Where packets of 20 ms at 8 kHz are put; each is a timestamp and when it came, in milliseconds. */
function placesOf(packets: readonly (readonly [timestamp: number | undefined, arrivedAtMs: number])[]): number[] {
  const clock = new MediaClock(8_000);
  return packets.map(([timestamp, arrivedAtMs]) =>
    clock.place(timestamp === undefined ? undefined : timestamp >>> 0, PACKET, arrivedAtMs),
  );
}

describe('MediaClock', () => {
  test('begins at 0, wherever the sender begins', () => {
    expect(placesOf([[77_000, 1_000], [77_160, 1_020], [77_320, 1_040]])).toEqual([0, 160, 320]); // prettier-ignore
  });

  test('goes on through the wrap of 32 bits', () => {
    const start = 2 ** 32 - 160;
    expect(placesOf([[start, 0], [start + 160, 20], [start + 320, 40]])).toEqual([0, 160, 320]); // prettier-ignore
  });

  test('puts packets that come in another order where they belong, the very first too', () => {
    expect(placesOf([[480, 0], [160, 20], [320, 40], [640, 60]])).toEqual([0, -320, -160, 160]); // prettier-ignore
  });

  test('keeps a pause that the timestamps tell', () => {
    expect(placesOf([[0, 0], [16_000, 2_000]])).toEqual([0, 16_000]); // prettier-ignore
  });

  test.each([
    ['forward', HOUR_TICKS],
    ['back', -HOUR_TICKS],
  ])('goes on by the time of arrival where the clock is set an hour %s', (_, leap) => {
    expect(placesOf([[8_000, 0], [8_160, 20], [8_320 + leap, 40], [8_480 + leap, 60]])).toEqual([0, 160, 320, 480]); // prettier-ignore
  });

  test('a leap never goes back over what has come already', () => {
    expect(placesOf([[0, 0], [160, 0], [320, 0], [HOUR_TICKS, 5]])).toEqual([0, 160, 320, 480]); // prettier-ignore
  });

  test('a pause of half a minute that the timestamps leave out is one all the same', () => {
    expect(placesOf([[0, 0], [160, 30_000]])).toEqual([0, 240_000]); // prettier-ignore
  });

  test('without timestamps packets follow one another, but for a pause', () => {
    const packets = [[undefined, 0], [undefined, 3], [undefined, 40], [undefined, 1_060]] as const; // prettier-ignore
    expect(placesOf(packets)).toEqual([0, 160, 320, 8_480]);
  });
});
