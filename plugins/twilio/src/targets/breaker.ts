import { UndertoneError } from 'undertone';
import type { Target } from './target.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** What fails within this holds up nobody. */
const HANGS_MS = 1_000;

/**
 * A target that is left alone for a while after it hung, 1 s, 2 s, ... 30 s: it must not hold up what is on its way to
 * the others. After each pause one annotation tries; the others follow once it is answered.
 * @param clock milliseconds
 */
export function withBreaker(target: Target, clock: () => number): Target {
  let aloneUntilMs: number | undefined;
  let pauseMs = FIRST_PAUSE_MS;
  let isTrying = false;
  return async (delivery) => {
    const begunAtMs = clock();
    const isTrial = aloneUntilMs !== undefined;
    if (isTrial && (isTrying || begunAtMs < aloneUntilMs!)) throw leftAlone();
    isTrying = isTrial;
    try {
      await target(delivery);
    } finally {
      if (clock() - begunAtMs >= HANGS_MS) {
        aloneUntilMs = clock() + pauseMs;
        if (isTrial) pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs);
      } else {
        aloneUntilMs = undefined;
        pauseMs = FIRST_PAUSE_MS;
      }
      if (isTrial) isTrying = false;
    }
  };
}

function leftAlone(): UndertoneError {
  return new UndertoneError('PLUGIN_FAILED', {
    subject: 'A target for annotations',
    problem: 'hung a moment ago and is left alone for a while',
    remedy: 'It is tried again.',
  });
}
