import { expect, test } from '@jest/globals';
import { GapJoiner } from '../../../src/live/gap-joiner.ts';

test('gaps that follow on one another are one, of a second at most; others are their own', () => {
  const said: unknown[] = [];
  const gaps = new GapJoiner((...gap) => said.push(gap));
  for (let i = 0; i < 60; i++) gaps.add(20 * i, 20 * i + 20, 'damaged');
  gaps.add(1200, 1220, 'lost');
  gaps.add(1300, 1320, 'lost');
  gaps.flush();
  gaps.add(1320, 1340, 'lost');
  gaps.flush();
  gaps.flush();
  expect(said).toEqual([
    [0, 1000, 'damaged'],
    [1000, 1200, 'damaged'],
    [1200, 1220, 'lost'],
    [1300, 1320, 'lost'],
    [1320, 1340, 'lost'],
  ]);
});
