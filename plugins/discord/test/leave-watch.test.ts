import { expect, test } from '@jest/globals';
import { LeaveWatch } from '../src/leave-watch.ts';
import { parsePluginSettings } from '../src/plugin-settings.ts';

const settings = parsePluginSettings({ leaveWhenEmptySeconds: 60, leaveWhenSilentMinutes: 10 });
const MINUTE_MS = 60_000;

test('an empty channel is left after its time, which is said; whoever comes back ends that', () => {
  const watch = new LeaveWatch(settings, 0);
  expect(watch.look(5_000, false)).toEqual({});
  expect(watch.note).toBeUndefined();
  expect(watch.look(10_000, true)).toEqual({});
  expect(watch.look(30_000, true)).toEqual({});
  expect(watch.note).toBe('Everybody has left: the bot leaves in 40 s.');
  expect(watch.look(40_000, false)).toEqual({});
  expect(watch.note).toBeUndefined();
  expect(watch.look(50_000, true)).toEqual({});
  expect(watch.look(109_999, true)).toEqual({});
  expect(watch.look(110_000, true)).toEqual({ leave: 'everybody had left' });
});

test('silence is warned of once, and ends it unless somebody speaks', () => {
  const watch = new LeaveWatch(settings, 0);
  expect(watch.look(8 * MINUTE_MS - 1, false)).toEqual({});
  expect(watch.look(8 * MINUTE_MS, false).warning).toContain('leaves in 2 min unless');
  expect(watch.look(9 * MINUTE_MS, false)).toEqual({});
  watch.heard(9 * MINUTE_MS);
  expect(watch.look(10 * MINUTE_MS, false)).toEqual({});
  expect(watch.look(18 * MINUTE_MS, false).warning).toContain('leaves in 1 min unless');
  expect(watch.look(19 * MINUTE_MS, false)).toEqual({ leave: 'nobody had spoken for a while' });
});
