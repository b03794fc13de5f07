import { expect, test } from '@jest/globals';
import { SteadyClock } from '../../../src/live/steady-clock.ts';

const HOUR = 3_600_000;

test('it goes on as the engine’s clock does, and through what that is set by', () => {
  let engineMs = 1_000_000;
  const clock = new SteadyClock(() => engineMs);
  const readings = [100, 100, HOUR, 100, -HOUR, 100, -50, 100].map((step) => {
    engineMs += step;
    return clock.now() - 1_000_000;
  });
  expect(readings).toEqual([100, 200, 200, 300, 300, 400, 400, 500]);
});

test('what came some time ago came as long ago on it; what came an hour ago came now', () => {
  let engineMs = 1_000_000;
  const clock = new SteadyClock(() => engineMs);
  engineMs += HOUR;
  const now = clock.now();
  const ages = [0, 40, 9_000, -40, HOUR, -HOUR, NaN].map((age) => now - clock.arrival(engineMs - age));
  expect(ages).toEqual([0, 40, 9_000, -40, 0, 0, 0]);
});
