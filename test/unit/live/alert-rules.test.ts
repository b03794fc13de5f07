import { describe, expect, test } from '@jest/globals';
import { AlertEvaluator, type HeardEmotion } from '../../../src/live/alert-evaluator.ts';
import { DEFAULT_ALERT_RULES, parseAlertRules, type AlertRuleInput } from '../../../src/live/alert-rules.ts';
import type { SpeakerRole } from '../../../src/live/types.ts';
import { heapAfter } from '../../helpers/heap.ts';

const LABELS = ['neutral', 'angry', 'fearful'];

/** A window of speech in which somebody sounds so angry. */
function window(startMs: number, endMs: number, angry: number, more: Partial<HeardEmotion['smoothed']> = {}) {
  const scores = { neutral: 1 - angry, angry, fearful: 0 };
  const [label, confidence] = angry >= 0.5 ? ['angry', angry] : ['neutral', 1 - angry];
  return { startMs, endMs, smoothed: { label, confidence, scores, uncertain: false, ...more } };
}

function evaluator(rule: Partial<AlertRuleInput> = {}) {
  const rules = parseAlertRules([{ name: 'anger', emotion: 'angry', ...rule }], LABELS);
  const alerts = new AlertEvaluator(rules);
  return (event: ReturnType<typeof window>, speaker = 'ludmilla', role: SpeakerRole = 'participant') =>
    alerts.hear({ ...event, speaker, trackId: `track of ${speaker}` }, role);
}

/** Feeds windows of one second, one after another, and returns when alerts came. */
function hearSeconds(hear: ReturnType<typeof evaluator>, fromS: number, toS: number, angry: number, speaker?: string) {
  const ends: number[] = [];
  for (let s = fromS; s < toS; s++) {
    ends.push(...hear(window(1_000 * s, 1_000 * (s + 1), angry), speaker).map(({ endMs }) => endMs / 1_000));
  }
  return ends;
}

describe('rules', () => {
  test('have sensible defaults', () => {
    expect(parseAlertRules(DEFAULT_ALERT_RULES, LABELS)).toEqual([
      {
        name: 'anger',
        emotion: ['angry'],
        above: 0.6,
        forMs: 20_000,
        minConfidence: 0,
        scope: 'speaker',
        coolDownMs: 120_000,
        resetAfterPauseMs: 30_000,
      },
    ]);
  });

  test.each([
    [{ name: 'a', emotion: 'angri' }, 'the model has no emotion "angri" (did you mean "angry"?)'],
    [{ name: 'a', emotion: ['angry', 'feerful'] }, 'the model has no emotion "feerful" (did you mean "fearful"?)'],
    [{ name: 'a', emotion: [] }, 'emotion'],
    [{ name: 'a', emotion: 'angry', abve: 0.5 }, '"0.abve" is not a setting (did you mean "above"?)'],
    [{ name: 'a', emotion: 'angry', above: 1.1 }, '"0.above"'],
    [{ name: 'a', emotion: 'angry', forMs: 0 }, '"0.forMs"'],
    [{ name: 'a', emotion: 'angry', scope: 'speakers' }, 'did you mean "speaker"'],
    [{ name: 'a', emotion: 'angry', roles: [] }, '"0.roles"'],
    [{ emotion: 'angry' }, '"0.name"'],
  ])('are strict: %j', (rule, message) => {
    expect(() => parseAlertRules([rule], LABELS)).toThrow(
      expect.objectContaining({
        code: 'ALERT_RULE_INVALID',
        message: expect.stringContaining(message) as unknown,
      }),
    );
  });

  test('have names of their own', () => {
    const rule = { name: 'a', emotion: 'angry' };
    expect(() => parseAlertRules([rule, rule], LABELS)).toThrow('two are named "a"');
  });
});

describe('an alert', () => {
  test('comes at exactly so much speech, says what came true from where on, and names no one', () => {
    const hear = evaluator();
    expect(hear(window(5_000, 24_999, 0.7))).toEqual([]);
    expect(hear(window(5_000, 25_000, 0.7))).toEqual([
      {
        rule: 'anger',
        speaker: 'ludmilla',
        trackId: 'track of ludmilla',
        message: 'angry over 0.6 for 20 s of speech',
        startMs: 5_000,
        endMs: 25_000,
      },
    ]);
  });

  test('needs more than the threshold, not the threshold', () => {
    expect(hearSeconds(evaluator(), 0, 60, 0.6)).toEqual([]);
    expect(hearSeconds(evaluator(), 0, 60, 0.6001)).toEqual([20]);
  });

  test.each([100, 500, 1_000, 3_000])('counts overlapping windows once (a window of 3 s every %i ms)', (hopMs) => {
    const hear = evaluator();
    let firstMs: number | undefined;
    for (let endMs = 3_000; firstMs === undefined; endMs += hopMs) {
      // The event of a segment repeats what its windows covered.
      const alerts = [window(endMs - 3_000, endMs, 0.9), window(0, endMs, 0.9)].flatMap((event) => hear(event));
      firstMs = alerts[0]?.endMs;
    }
    expect(firstMs).toBeGreaterThanOrEqual(20_000);
    expect(firstMs).toBeLessThan(20_000 + hopMs);
  });

  test('is ended by calm speech, however short', () => {
    const hear = evaluator();
    hearSeconds(hear, 0, 19, 0.9);
    hear(window(19_000, 19_100, 0.2));
    expect(hearSeconds(hear, 20, 45, 0.9)).toEqual([40]);
  });

  test('is not ended by an event that repeats what was heard', () => {
    const hear = evaluator();
    hearSeconds(hear, 0, 19, 0.9);
    hear(window(0, 19_000, 0.2));
    expect(hearSeconds(hear, 19, 25, 0.9)).toEqual([20]);
  });

  test('pauses do not count, and only a longer one than the rule says begins anew', () => {
    const exact = evaluator();
    hearSeconds(exact, 0, 10, 0.9);
    expect(hearSeconds(exact, 40, 60, 0.9)).toEqual([50]);
    const longer = evaluator();
    hearSeconds(longer, 0, 10, 0.9);
    longer(window(40_001, 41_000, 0.9));
    expect(hearSeconds(longer, 41, 70, 0.9)).toEqual([61]);
  });

  test('comes again when the cool-down is over to the millisecond, if it still is so', () => {
    expect(hearSeconds(evaluator(), 0, 300, 0.9)).toEqual([20, 140, 260]);
    const hear = evaluator({ coolDownMs: 30_000 });
    hearSeconds(hear, 0, 20, 0.9);
    expect(hear(window(20_000, 49_999, 0.9))).toEqual([]);
    expect(hear(window(20_000, 50_000, 0.9))).toMatchObject([
      { startMs: 20_000, message: 'angry over 0.6 for 30 s of speech' },
    ]);
    const calmed = evaluator();
    hearSeconds(calmed, 0, 100, 0.9);
    hearSeconds(calmed, 100, 200, 0.1);
    expect(hearSeconds(calmed, 200, 230, 0.9)).toEqual([220]);
  });

  test('is of one speaker: two who are angry for half the time raise none, each cools down alone', () => {
    const hear = evaluator();
    hearSeconds(hear, 0, 15, 0.9, 'ludmilla');
    expect(hearSeconds(hear, 15, 30, 0.9, 'boris')).toEqual([]);
    expect(hearSeconds(hear, 30, 36, 0.9, 'ludmilla')).toEqual([35]);
    expect(hearSeconds(hear, 36, 42, 0.9, 'boris')).toEqual([41]);
  });

  test('adds the scores of several emotions', () => {
    const event = window(0, 20_000, 0, { scores: { neutral: 0.3, angry: 0.4, fearful: 0.3 } });
    expect(evaluator()(event)).toEqual([]);
    expect(evaluator({ emotion: ['angry', 'fearful', 'angry'] })(event)).toMatchObject([
      { message: 'angry + fearful over 0.6 for 20 s of speech' },
    ]);
  });

  test('looks at the roles of the rule alone', () => {
    const event = window(0, 20_000, 0.9);
    expect(evaluator({ roles: ['customer'] })(event, 'a', 'participant')).toEqual([]);
    expect(evaluator({ roles: ['customer'] })(event, 'a', 'customer')).toHaveLength(1);
  });
});

describe('speech that is uncertain', () => {
  test.each([
    ['by the model', {}, { uncertain: true }],
    ['by the rule', { minConfidence: 0.8 }, { confidence: 0.79 }],
  ])('(%s) raises nothing, counts for nothing and ends nothing', (_, rule, more) => {
    const hear = evaluator(rule);
    expect(hear(window(0, 60_000, 0.9, more))).toEqual([]);
    hearSeconds(hear, 60, 70, 0.9);
    expect(hear(window(70_000, 75_000, 0.9, more))).toEqual([]);
    expect(hear(window(75_000, 80_000, 0.1, more))).toEqual([]);
    // A confident window that reaches back does not make it certain.
    expect(hear(window(75_000, 81_000, 0.9))).toEqual([]);
    expect(hearSeconds(hear, 81, 95, 0.9)).toEqual([90]);
  });

  test('begins anew where it lasts longer than a pause may', () => {
    const hear = evaluator();
    hearSeconds(hear, 0, 19, 0.9);
    hear(window(19_000, 50_000, 0.9, { uncertain: true }));
    expect(hearSeconds(hear, 50, 75, 0.9)).toEqual([70]);
  });
});

describe('a rule of the conversation', () => {
  const rule = { scope: 'conversation' } as const;

  test('counts the speech of all, and names no one', () => {
    const hear = evaluator(rule);
    hearSeconds(hear, 0, 10, 0.9, 'ludmilla');
    hearSeconds(hear, 10, 19, 0.9, 'boris');
    expect(hear(window(19_000, 20_000, 0.9), 'ludmilla')).toEqual([
      {
        rule: 'anger',
        speaker: null,
        trackId: null,
        message: 'angry over 0.6 for 20 s of speech',
        startMs: 0,
        endMs: 20_000,
      },
    ]);
  });

  test('counts time once where two speak at once', () => {
    const hear = evaluator(rule);
    const ends: number[] = [];
    for (let s = 0; s < 25; s++) {
      for (const speaker of ['ludmilla', 'boris']) ends.push(...hearSeconds(hear, s, s + 1, 0.9, speaker));
    }
    expect(ends).toEqual([20]);
  });

  test('counts confident speech although somebody else is uncertain at that time', () => {
    const hear = evaluator(rule);
    const ends: number[] = [];
    for (let s = 0; s < 25; s++) {
      hear(window(1_000 * s, 1_000 * (s + 1), 0.1, { uncertain: true }), 'boris');
      ends.push(...hearSeconds(hear, s, s + 1, 0.9, 'ludmilla'));
    }
    expect(ends).toEqual([20]);
  });

  test('is about the mean of those who spoke lately: one calm of two quiets it, one of five does not', () => {
    const hearTurns = (angry: readonly number[], seconds: number): number[] => {
      const hear = evaluator(rule);
      return Array.from({ length: seconds }, (_, s) => s).flatMap((s) =>
        hearSeconds(hear, s, s + 1, angry[s % angry.length]!, `speaker ${s % angry.length}`),
      );
    };
    expect(hearTurns([0.9, 0.1], 100)).toEqual([]);
    expect(hearTurns([0.9, 0.9, 0.9, 0.9, 0.1], 25)).toEqual([20]);
  });

  test('forgets who was not heard for longer than a pause', () => {
    const hear = evaluator(rule);
    hear(window(0, 1_000, 0), 'boris');
    expect(hearSeconds(hear, 1, 70, 0.9, 'ludmilla')).toEqual([51]);
  });
});

test("one rule's bug costs no other, and is told", () => {
  const errors: unknown[] = [];
  const rules = parseAlertRules(
    [
      { name: 'fear', emotion: 'fearful' },
      { name: 'anger', emotion: 'angry' },
    ],
    LABELS,
  );
  const alerts = new AlertEvaluator(rules, (rule, error) => errors.push([rule, error]));
  const bug = new Error('no such score');
  const event = window(0, 20_000, 0.9);
  const scores = Object.defineProperty({ ...event.smoothed.scores }, 'fearful', {
    get: () => {
      throw bug;
    },
  });
  const heard = { ...event, smoothed: { ...event.smoothed, scores }, speaker: 'a', trackId: 't' };
  expect(alerts.hear(heard, 'participant')).toMatchObject([{ rule: 'anger' }]);
  expect(errors).toEqual([['fear', bug]]);
});

test('a cool-down is kept although many others speak meanwhile', () => {
  const hear = evaluator({ coolDownMs: 300_000, resetAfterPauseMs: 1_000 });
  expect(hearSeconds(hear, 0, 20, 0.9)).toEqual([20]);
  for (let i = 0; i < 3_000; i++) hear(window(20_000 + 80 * i, 20_080 + 80 * i, 0.9), `passes ${i}`);
  expect(hearSeconds(hear, 280, 340, 0.9)).toEqual([320]);
});

test('memory stays bounded though 100,000 speakers come and go, and those who stay are not forgotten', () => {
  const rules = (['speaker', 'conversation'] as const).map((scope) => ({ name: scope, emotion: 'angry', scope }));
  const alerts = new AlertEvaluator(parseAlertRules(rules, LABELS));
  const ends: number[] = [];
  const hear = (from: number, to: number) => (): void => {
    for (let s = from; s < to; s++) {
      const stays = { ...window(1_000 * s, 1_000 * s + 900, 0.9), speaker: 'stays', trackId: 't' };
      for (const { rule, endMs } of alerts.hear(stays, 'participant')) if (rule === 'speaker') ends.push(endMs);
      for (let i = 0; i < 10; i++) {
        const speaker = `passes ${s} ${i}`;
        alerts.hear({ ...window(1_000 * s, 1_000 * s + 500, 0.7), speaker, trackId: 't' }, 'participant');
      }
    }
  };
  const early = heapAfter(hear(0, 2_000));
  const late = heapAfter(hear(2_000, 10_000));
  expect(late - early).toBeLessThan(2e6);
  expect(ends.slice(0, 3)).toEqual([22_900, 142_900, 262_900]);
  // It is still at work, so that what it keeps was measured.
  ends.splice(0);
  hear(10_000, 10_130)();
  expect(ends).toHaveLength(1);
});
