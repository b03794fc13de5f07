import { describe, expect, test } from '@jest/globals';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { UndertoneError } from '../../../src/errors.ts';
import { ConsentLedger, type ConsentChange } from '../../../src/live/consent-ledger.ts';
import { MemoryConsentLog, type ConsentEntry, type ConsentLog } from '../../../src/live/consent-log.ts';
import type { ConsentSettingsInput } from '../../../src/live/consent-settings.ts';
import type { ConsentSubject, SpeakerRole } from '../../../src/live/types.ts';

const NAME = 'ludmilla-4711';
const LUDMILLA: ConsentSubject = { platform: 'discord', space: 'guild', speaker: NAME };
const NOTICED = { noticeGiven: true };
const BY = { by: 'admin' };
const now = () => 1_000;

const open = (settings: ConsentSettingsInput = {}, log: ConsentLog = new MemoryConsentLog(), clock = now) =>
  ConsentLedger.open(log, settings, clock);

/** What the ledger says: `true`, or why not. */
const verdict = (
  ledger: ConsentLedger,
  subject = LUDMILLA,
  role: SpeakerRole = 'participant',
  session: { noticeGiven: boolean } = NOTICED,
) => {
  const said = ledger.mayHear(subject, role, session);
  return said.allowed || said.reason;
};

/** A log whose appends answer when, and as, the test says. */
class SlowLog extends MemoryConsentLog {
  readonly waiting: { entry: ConsentEntry; succeed: () => Promise<void>; fail: () => void }[] = [];

  override append(entry: ConsentEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      const succeed = () => super.append(entry).then(resolve);
      const fail = () => {
        reject(new Error('disk full'));
      };
      this.waiting.push({ entry, succeed, fail });
    });
  }

  /** The next append that waits; those before it must have been answered. */
  async next(): Promise<(typeof this.waiting)[number]> {
    while (this.waiting.length === 0) await new Promise(setImmediate);
    return this.waiting.shift()!;
  }
}

describe('who may be heard', () => {
  const WORKPLACE = { allowWorkplaceAndEducation: true, legalNotice: 'Fatigue of pilots, a safety reason.' };
  const rows: [ConsentSettingsInput['mode'], SpeakerRole, string, boolean, boolean, string | true][] = [];
  const roles: SpeakerRole[] = ['participant', 'customer', 'employee', 'student'];
  for (const mode of ['opt-in', 'announce', 'customer-only'] as const) {
    for (const role of roles) {
      for (const said of ['nothing', 'granted', 'withdrawn', 'granted, withdrawn']) {
        for (const notice of [true, false]) {
          for (const workplace of [true, false]) {
            // The rules in the words of the documentation, one a line; the first that applies decides.
            const expected = (): string | true => {
              if (!workplace && (role === 'employee' || role === 'student')) return 'workplace-or-education';
              if (mode === 'customer-only' && role !== 'customer') return 'not-a-customer';
              if (said.endsWith('withdrawn')) return 'withdrawn';
              if (mode === 'opt-in') return said === 'granted' ? true : 'not-granted';
              return notice ? true : 'no-notice';
            };
            rows.push([mode, role, said, notice, workplace, expected()]);
          }
        }
      }
    }
  }

  test.each(rows)('%s, %s, said %s, notice %s, workplace allowed %s: %s', async (...row) => {
    const [mode, role, said, noticeGiven, workplace, expected] = row;
    const ledger = await open({ mode, ...(workplace ? WORKPLACE : {}) });
    if (said.startsWith('granted')) await ledger.grant(LUDMILLA, BY);
    if (said.endsWith('withdrawn')) await ledger.withdraw(LUDMILLA, BY);
    expect(verdict(ledger, LUDMILLA, role, { noticeGiven })).toBe(expected);
  });

  test('nobody, where nothing is configured and nothing was said', async () => {
    expect(verdict(await open())).toBe('not-granted');
  });

  test('a grant is for one person on one platform in one space', async () => {
    const ledger = await open();
    await ledger.grant(LUDMILLA, BY);
    for (const other of [{ platform: 'phone' }, { space: 'elsewhere' }, { speaker: 'boris' }]) {
      expect(verdict(ledger, { ...LUDMILLA, ...other })).toBe('not-granted');
    }
  });

  test('a grant ends at the very moment at which it expires, and can be renewed', async () => {
    let nowMs = 1_000;
    const log = new MemoryConsentLog();
    const ledger = await open({}, log, () => nowMs);
    await ledger.grant(LUDMILLA, { ...BY, expiresAtMs: 2_000 });
    nowMs = 1_999;
    expect(verdict(ledger)).toBe(true);
    nowMs = 2_000;
    expect(verdict(ledger)).toBe('grant-expired');
    expect(verdict(await open({}, log, () => nowMs))).toBe('grant-expired');
    await ledger.grant(LUDMILLA, BY);
    expect(verdict(ledger)).toBe(true);
  });

  test('the same verdict is given twice: nothing is allocated for a packet', async () => {
    const ledger = await open();
    expect(ledger.mayHear(LUDMILLA, 'participant', NOTICED)).toBe(ledger.mayHear(LUDMILLA, 'participant', NOTICED));
    await ledger.grant(LUDMILLA, BY);
    expect(ledger.mayHear(LUDMILLA, 'participant', NOTICED)).toBe(ledger.mayHear(LUDMILLA, 'participant', NOTICED));
  });

  test.each([
    [{ mod: 'opt-in' }, 'did you mean "mode"'],
    [{ mode: 'opt-out' }, 'did you mean "opt-in"'],
    [{ allowWorkplaceAndEducation: true }, '"legalNotice": must say why'],
    [{ allowWorkplaceAndEducation: true, legalNotice: '  ' }, '"legalNotice"'],
  ])('settings are strict: %j', async (settings, message) => {
    await expect(open(settings as ConsentSettingsInput)).rejects.toMatchObject({
      code: 'CONSENT_SETTINGS_INVALID',
      message: expect.stringContaining(message) as unknown,
    });
  });
});

describe('the log', () => {
  test('has every act with who, when and why, and a notice for all', async () => {
    const log = new MemoryConsentLog();
    const ledger = await open({}, log);
    await ledger.recordNotice({ platform: 'discord', space: 'guild' }, { by: 'bot', detail: 'in the channel' });
    await ledger.grant(LUDMILLA, { by: NAME, detail: 'button', expiresAtMs: 5_000 });
    await ledger.recordRefusal(LUDMILLA, 'no-notice', 'host');
    await ledger.withdraw(LUDMILLA, { by: NAME });
    await ledger.purge(LUDMILLA, BY);
    const common = { platform: 'discord', space: 'guild', atMs: 1_000 };
    expect(await log.load()).toEqual([
      { ...common, speaker: null, action: 'notice', by: 'bot', detail: 'in the channel' },
      { ...common, speaker: NAME, action: 'grant', by: NAME, detail: 'button', expiresAtMs: 5_000 },
      { ...common, speaker: NAME, action: 'refuse', by: 'host', detail: 'no-notice' },
      { ...common, speaker: NAME, action: 'withdraw', by: NAME },
      { ...common, speaker: NAME, action: 'purge', by: 'admin' },
      { ...common, speaker: NAME, action: 'purged', by: 'admin' },
    ]);
  });

  test('a grant counts once it is written, and one that cannot be written is none', async () => {
    const log = new SlowLog();
    const ledger = await open({}, log);
    const failing = ledger.grant(LUDMILLA, BY);
    (await log.next()).fail();
    await expect(failing).rejects.toMatchObject({ code: 'CONSENT_NOT_RECORDED', retryable: true });
    expect(verdict(ledger)).toBe('not-granted');
    const granting = ledger.grant(LUDMILLA, BY);
    const { succeed } = await log.next();
    expect(verdict(ledger)).toBe('not-granted');
    await succeed();
    await granting;
    expect(verdict(ledger)).toBe(true);
  });

  test('a withdrawal holds before the log answers, and where it never does or fails', async () => {
    const log = new SlowLog();
    const ledger = await open({ mode: 'announce' }, log);
    const withdrawing = ledger.withdraw(LUDMILLA, BY);
    expect(verdict(ledger)).toBe('withdrawn');
    (await log.next()).fail();
    await expect(withdrawing).rejects.toMatchObject({ code: 'CONSENT_NOT_RECORDED', retryable: true });
    expect(verdict(ledger)).toBe('withdrawn');
    const again = ledger.withdraw(LUDMILLA, BY);
    await (await log.next()).succeed();
    await again;
    expect(await log.load()).toHaveLength(1);
  });

  test('a withdrawal during a grant is the last word, in memory and in the log', async () => {
    const log = new SlowLog();
    const ledger = await open({}, log);
    const granting = ledger.grant(LUDMILLA, BY);
    const withdrawing = ledger.withdraw(LUDMILLA, BY);
    const grant = await log.next();
    // A log that answered the second first would have them in the wrong order.
    await new Promise(setImmediate);
    expect(log.waiting).toEqual([]);
    await grant.succeed();
    await granting;
    expect(verdict(ledger)).toBe('withdrawn');
    await (await log.next()).succeed();
    await withdrawing;
    expect((await log.load()).map(({ action }) => action)).toEqual(['grant', 'withdraw']);
  });

  test("one speaker's hanging entry holds up nobody else's", async () => {
    const log = new SlowLog();
    const ledger = await open({}, log);
    void ledger.grant(LUDMILLA, BY);
    await log.next();
    const boris = { ...LUDMILLA, speaker: 'boris' };
    const granting = ledger.grant(boris, BY);
    await (await log.next()).succeed();
    await granting;
    expect(verdict(ledger, boris)).toBe(true);
    expect(verdict(ledger)).toBe('not-granted');
  });

  test('that cannot be read opens no ledger; one that streams does', async () => {
    const stream = async function* (entries: ConsentEntry[], error?: Error): AsyncGenerator<ConsentEntry> {
      yield* entries;
      await Promise.resolve();
      if (error) throw error;
    };
    const entry: ConsentEntry = { ...LUDMILLA, atMs: 1, action: 'grant', by: NAME };
    const log = (error?: Error) => ({ append: () => Promise.resolve(), load: () => stream([entry], error) });
    expect(verdict(await open({}, log()))).toBe(true);
    await expect(open({}, log(new Error('torn page')))).rejects.toMatchObject({ code: 'CONSENT_LOG_UNREADABLE' });
  });

  test.each([
    [1, 'opt-in'],
    [2, 'opt-in'],
    [3, 'announce'],
    [4, 'customer-only'],
  ] as const)('replayed, it gives the state as it was (random sequence %i, %s)', async (seed, mode) => {
    const random = xoroshiro128plus(seed);
    const log = new MemoryConsentLog();
    let nowMs = 0;
    const ledger = await open({ mode }, log, () => nowMs);
    let isStoreDown = false;
    ledger.register({ name: 'store', purge: () => (isStoreDown ? Promise.reject(new Error('x')) : Promise.resolve()) });
    const subjects = Array.from({ length: 8 }, (_, i) => ({ ...LUDMILLA, space: `${i % 2}`, speaker: `s${i >> 1}` }));
    const stateOf = (each: ConsentLedger) => ({
      verdicts: subjects.map((subject) => verdict(each, subject, 'customer')),
      unfinished: new Set(each.unfinishedPurges().map((subject) => JSON.stringify(subject))),
    });
    const seen = new Set<unknown>();
    const underWay: Promise<unknown>[] = [];
    for (let step = 0; step < 400; step++) {
      nowMs++;
      const subject = subjects[uniformInt(random, 0, 7)]!;
      const die = uniformInt(random, 0, 9);
      isStoreDown = uniformInt(random, 0, 3) === 0;
      if (die < 2) underWay.push(ledger.grant(subject, BY));
      else if (die < 5)
        underWay.push(ledger.grant(subject, { ...BY, expiresAtMs: nowMs + uniformInt(random, -9, 50) }));
      else if (die < 7) underWay.push(ledger.withdraw(subject, BY));
      else if (die < 9) underWay.push(ledger.purge(subject, BY));
      else {
        await Promise.all(underWay.splice(0));
        const state = stateOf(ledger);
        expect(stateOf(await open({ mode }, log, () => nowMs))).toEqual(state);
        for (const said of state.verdicts) seen.add(said);
      }
    }
    expect(seen).toEqual(
      new Set([true, 'withdrawn', 'purge-unfinished', ...(mode === 'opt-in' ? ['not-granted', 'grant-expired'] : [])]),
    );
  });

  test('10,000 speakers are told apart, before and after a replay', async () => {
    const log = new MemoryConsentLog();
    const ledger = await open({}, log);
    const subjects = Array.from({ length: 10_000 }, (_, i) => ({ ...LUDMILLA, speaker: `s${i}` }));
    await Promise.all(subjects.map((subject) => ledger.grant(subject, BY)));
    await Promise.all(subjects.filter((_, i) => i % 3 === 0).map((subject) => ledger.withdraw(subject, BY)));
    for (const each of [ledger, await open({}, log)]) {
      expect(subjects.filter((subject) => verdict(each, subject) === true)).toHaveLength(6_666);
      expect(verdict(each, subjects[9_999])).toBe('withdrawn');
    }
  });
});

describe('listeners', () => {
  test('hear of a withdrawal before the call returns, and of a grant once it counts', async () => {
    const log = new SlowLog();
    const ledger = await open({}, log);
    const changes: [ConsentChange['action'], string | true][] = [];
    ledger.onChange(({ subject, action }) => changes.push([action, verdict(ledger, subject)]));
    const granting = ledger.grant(LUDMILLA, BY);
    const { succeed } = await log.next();
    expect(changes).toEqual([]);
    await succeed();
    await granting;
    void ledger.withdraw(LUDMILLA, BY);
    expect(changes).toEqual([
      ['grant', true],
      ['withdraw', 'withdrawn'],
    ]);
  });

  test('that throw cost no other, and their errors are told; those that left hear nothing', async () => {
    const errors: unknown[] = [];
    const ledger = await ConsentLedger.open(new MemoryConsentLog(), {}, now, (error) => errors.push(error));
    const heard: string[] = [];
    ledger.onChange(() => {
      throw new Error('broken listener');
    });
    const leave = ledger.onChange(() => heard.push('leaves'));
    ledger.onChange(() => heard.push('stays'));
    await ledger.withdraw(LUDMILLA, BY);
    leave();
    await ledger.withdraw(LUDMILLA, BY);
    expect(heard).toEqual(['leaves', 'stays', 'stays']);
    expect(errors).toEqual([new Error('broken listener'), new Error('broken listener')]);
  });
});

describe('a purge', () => {
  test('deletes at once although the log hangs, and refuses the speaker until all is done', async () => {
    const log = new SlowLog();
    const ledger = await open({ mode: 'announce' }, log);
    const purged: ConsentSubject[] = [];
    ledger.register({
      name: 'voices',
      purge: (subject) => {
        purged.push(subject);
        return Promise.resolve();
      },
    });
    const purging = ledger.purge(LUDMILLA, BY);
    expect(purged).toEqual([LUDMILLA]);
    expect(verdict(ledger)).toBe('purge-unfinished');
    await (await log.next()).succeed();
    await (await log.next()).succeed();
    expect(await purging).toEqual({ purged: ['voices'], failed: [] });
    expect(verdict(ledger)).toBe('withdrawn');
    const granting = ledger.grant(LUDMILLA, BY);
    await (await log.next()).succeed();
    await granting;
    expect(verdict(ledger)).toBe(true);
  });

  test('says what failed, whether it throws or rejects; meanwhile a grant helps nothing; again, it is done', async () => {
    const log = new MemoryConsentLog();
    const ledger = await open({}, log);
    let isBroken = true;
    const broken = new Error('store is down');
    ledger.register({ name: 'store', purge: () => (isBroken ? Promise.reject(broken) : Promise.resolve()) });
    ledger.register({
      name: 'voices',
      purge: () => {
        if (isBroken) throw broken;
        return Promise.resolve();
      },
    });
    ledger.register({ name: 'pictures', purge: () => Promise.resolve() });
    expect(await ledger.purge(LUDMILLA, BY)).toEqual({
      purged: ['pictures'],
      failed: [
        { name: 'store', error: broken },
        { name: 'voices', error: broken },
      ],
    });
    await ledger.grant(LUDMILLA, BY);
    const restarted = await open({}, log);
    for (const each of [ledger, restarted]) {
      expect(verdict(each)).toBe('purge-unfinished');
      expect(each.unfinishedPurges()).toEqual([LUDMILLA]);
    }
    isBroken = false;
    expect(await ledger.purge(LUDMILLA, BY)).toEqual({ purged: ['store', 'voices', 'pictures'], failed: [] });
    expect(ledger.unfinishedPurges()).toEqual([]);
    expect(verdict(ledger)).toBe('withdrawn');
  });

  test('that a later one overtakes does not say that the later is done', async () => {
    const ledger = await open();
    const ends: (() => void)[] = [];
    ledger.register({ name: 'store', purge: () => new Promise((resolve) => ends.push(resolve)) });
    const first = ledger.purge(LUDMILLA, BY);
    const second = ledger.purge(LUDMILLA, BY);
    ends[0]!();
    await first;
    expect(verdict(ledger)).toBe('purge-unfinished');
    ends[1]!();
    await second;
    expect(verdict(ledger)).toBe('withdrawn');
  });

  test('during which the speaker grants anew: heard again once it is done', async () => {
    const ledger = await open();
    let end = (): void => undefined;
    ledger.register({ name: 'store', purge: () => new Promise((resolve) => (end = resolve)) });
    const purging = ledger.purge(LUDMILLA, BY);
    await ledger.grant(LUDMILLA, BY);
    expect(verdict(ledger)).toBe('purge-unfinished');
    end();
    await purging;
    expect(verdict(ledger)).toBe(true);
  });

  test('with a withdrawal in between is done all the same', async () => {
    const ledger = await open();
    const purging = ledger.purge(LUDMILLA, BY);
    await ledger.withdraw(LUDMILLA, BY);
    await purging;
    expect(verdict(ledger)).toBe('withdrawn');
  });

  test('that cannot be written down has deleted what it could, and says so', async () => {
    const log = new SlowLog();
    const ledger = await open({}, log);
    let purges = 0;
    ledger.register({
      name: 'store',
      purge: () => {
        purges++;
        return Promise.resolve();
      },
    });
    const purging = ledger.purge(LUDMILLA, BY);
    (await log.next()).fail();
    await expect(purging).rejects.toMatchObject({ code: 'CONSENT_NOT_RECORDED' });
    expect(purges).toBe(1);
    expect(verdict(ledger)).toBe('purge-unfinished');
  });
});

test('no error names a speaker', async () => {
  const log = new SlowLog();
  const ledger = await open({}, log);
  const acts = [
    () => ledger.grant(LUDMILLA, { by: NAME }),
    () => ledger.withdraw(LUDMILLA, { by: NAME }),
    () => ledger.purge(LUDMILLA, { by: NAME }),
    () => ledger.recordRefusal(LUDMILLA, 'withdrawn', NAME),
    () => ledger.recordNotice(LUDMILLA, { by: NAME }),
  ];
  for (const act of acts) {
    const failing = act();
    (await log.next()).fail();
    const error: unknown = await failing.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UndertoneError);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain(NAME);
  }
});
