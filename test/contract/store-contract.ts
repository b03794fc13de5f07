// What every store must do, as checks that need no test runner: so that broken stores can be shown to fail them.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from '@jest/globals';
import { UndertoneError } from '../../src/errors.ts';
import type { ConsentEntry } from '../../src/live/index.ts';
import type { Store } from '../../src/store/index.ts';
import {
  aGap,
  anAlert,
  ANNA,
  anAnnotation,
  aSegment,
  aSession,
  aSpeaker,
  aSummary,
  aTrack,
  aVoice,
  BEN,
  conversation,
  type WriteOf,
} from '../helpers/store-rows.ts';

/** Compares as JSON: what came through a thread has the prototypes of another realm. */
function same(actual: unknown, expected: unknown, message?: string): void {
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  assert.deepEqual(plain(actual), plain(expected), message);
}

const isInvalid = (error: unknown): boolean => error instanceof UndertoneError && error.code === 'STORE_INVALID';

const idsOf = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);

/** Texts that break what handles text carelessly. */
export const HOSTILE_TEXTS = [
  `'; drop table sessions; --`,
  `" or 1=1 --`,
  `\\'); delete from consent; --`,
  `$1 ? :name @x %s \${x}`,
  '%_!\\',
  'ÄÖß \u202e\u{1F600} e\u0301',
  '{"a":[1]}',
  '',
];

/** Every check gets an empty store. */
export const STORE_CHECKS: Readonly<Record<string, (store: Store) => Promise<void>>> = {
  'what is written comes back, in the order of time': async (store) => {
    await store.write(conversation('s'));
    const record = await store.session('s');
    const metadata = { caller: ANNA.speaker, [ANNA.speaker]: 'x', line: '1', nick: 'Anna' };
    same(record!.session, {
      ...{ id: 's', platform: 'phone', space: 'line-1', title: `${ANNA.speaker} calls`, metadata, model: 'm' },
      ...{ startedAtMs: 1000, endedAtMs: 10_000, state: 'ended', summary: aSummary('s') },
    });
    same(record!.tracks, [
      { ...aTrack('s-a', 's').track, closedAtMs: 9500 },
      { ...aTrack('s-b', 's', BEN.speaker, 'Ben').track, closedAtMs: null },
    ]);
    same(record!.segments, [aSegment('s-a', 's', 0).segment, aSegment('s-b', 's', 1000).segment]);
    same(record!.gaps, [aGap('s-a', 5000).gap, aGap('s-b', 6000).gap]);
    same(idsOf(record!.alerts), ['s-1', 's-2', 's-3', 's-4']);
    same(await store.voice(ANNA, 'm'), aVoice().voice);
    same(await store.voice(ANNA, 'another'), null);
    same(await store.session('another'), null);
  },

  'saying it twice changes nothing': async (store) => {
    await store.write(conversation('s'));
    const before = await store.session('s');
    await store.write(conversation('s'));
    same(await store.session('s'), before);
    same((await store.dueAnnotations(9999)).length, 4);
    await store.write([anAnnotation('new', 's', { idempotencyKey: 'key-s-5' })]);
    same((await store.dueAnnotations(9999)).length, 4);
  },

  'a write is kept whole or not at all': async (store) => {
    await assert.rejects(store.write([aSession('s'), aTrack('t', 's'), aSegment('nobody', 's', 0)]), isInvalid);
    same(await store.session('s'), null);
    await assert.rejects(store.write([aSession('s'), aTrack('t', 's'), aSegment('t', 's', NaN)]), isInvalid);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const ref of [cycle, 1n, undefined]) {
      await assert.rejects(store.write([aSession('s'), anAnnotation('a', 's', { ref })]), isInvalid);
    }
    same(await store.session('s'), null);
  },

  'a thousand rows of a kind fit into one write': async (store) => {
    const segments = Array.from({ length: 2500 }, (_, index) => aSegment('t', 's', index));
    await store.write([aSession('s'), aTrack('t', 's'), ...segments]);
    same((await store.session('s'))!.segments.length, 2500);
  },

  'a session is deleted with all that was heard in it': async (store) => {
    await store.write([...conversation('a'), ...conversation('b')]);
    same(await store.deleteSession('a'), true);
    same(await store.deleteSession('a'), false);
    same(await store.session('a'), null);
    same((await store.session('b'))!.segments.length, 2);
    same((await store.speakerSegments(ANNA, { fromMs: 0, toMs: 1e6 })).length, 1);
    same((await store.dueAnnotations(9999)).length, 4);
  },

  'sessions are listed newest first, page by page': async (store) => {
    const times = [5, 9, 7, 7, 7, 1, 3];
    await store.write(times.map((time, index) => aSession(`s${index}`, { startedAtMs: time })));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<Store['sessions']>> = await store.sessions(
        {},
        cursor === null ? { limit: 2 } : { limit: 2, cursor },
      );
      assert.ok(page.sessions.length <= 2);
      seen.push(...idsOf(page.sessions));
      cursor = page.cursor;
    } while (cursor !== null);
    same(seen, ['s1', 's4', 's3', 's2', 's0', 's6', 's5']);
    for (const wrong of ['', 'x', Buffer.from('[1]').toString('base64url')]) {
      await assert.rejects(store.sessions({}, { cursor: wrong }), isInvalid);
    }
  },

  'sessions are listed by what they are': async (store) => {
    await store.write([
      ...conversation('a'),
      aSession('b', { platform: 'chat', startedAtMs: 2000, title: 'Über ALLES 100%' }),
      aSession('c', { space: 'line-2', startedAtMs: 3000, title: 'Über alles 1000' }),
      aTrack('ct', 'c', BEN.speaker),
    ]);
    const list = async (filter: Parameters<Store['sessions']>[0]): Promise<string> =>
      idsOf((await store.sessions(filter)).sessions).join('');
    same(await list({}), 'cba');
    same(await list({ platform: 'phone' }), 'ca');
    same(await list({ platform: 'phone', space: 'line-1' }), 'a');
    same(await list({ state: 'open' }), 'cb');
    same(await list({ state: 'ended' }), 'a');
    same(await list({ fromMs: 2000, toMs: 3000 }), 'b');
    same(await list({ speaker: BEN.speaker }), 'ca');
    same(await list({ speaker: ANNA.speaker }), 'a');
    same(await list({ text: 'über All' }), 'cb');
    same(await list({ text: '100%' }), 'b');
    same(await list({ text: 'über', platform: 'phone' }), 'c');
    same(await list({ text: '_' }), '');
  },

  'what was heard of a speaker is found by time, over sessions': async (store) => {
    await store.write([...conversation('a'), aSession('b', { startedAtMs: 20_000 }), aTrack('bt', 'b')]);
    await store.write([aSegment('bt', 'b', 0), aSegment('bt', 'b', 500), aSegment('bt', 'b', 1000)]);
    await store.write([aSession('c', { space: 'line-2' }), aTrack('ct', 'c'), aSegment('ct', 'c', 0)]);
    const at = async (fromMs: number, toMs: number, limit?: number): Promise<number[]> =>
      (await store.speakerSegments(ANNA, limit === undefined ? { fromMs, toMs } : { fromMs, toMs, limit })).map(
        ({ atMs }) => atMs,
      );
    same(await at(0, 1e6), [1000, 20_000, 20_500, 21_000]);
    same(await at(20_000, 21_000), [20_000, 20_500]);
    same(await at(0, 1e6, 2), [1000, 20_000]);
    const [first] = await store.speakerSegments(ANNA, { fromMs: 0, toMs: 2000 });
    same(first, { ...aSegment('a-a', 'a', 0).segment, atMs: 1000 });
  },

  'an alert is acknowledged once': async (store) => {
    await store.write(conversation('s'));
    same(await store.acknowledgeAlert('s-2', 7), true);
    same(await store.acknowledgeAlert('s-2', 8), true);
    same(await store.acknowledgeAlert('nobody', 8), false);
    same((await store.session('s'))!.alerts[1]!.acknowledgedAtMs, 7);
  },

  'annotations wait until they are due, and until they are published or failed': async (store) => {
    await store.write([aSession('s'), anAnnotation('late', 's', { nextAttemptAtMs: 2 })]);
    await store.write([anAnnotation('soon', 's', { nextAttemptAtMs: 1 }), anAnnotation('never', 's')]);
    same(idsOf(await store.dueAnnotations(2)), ['soon', 'late']);
    same(idsOf(await store.dueAnnotations(2, 1)), ['soon']);
    const [soon] = await store.dueAnnotations(1);
    same(soon, { ...anAnnotation('soon', 's', { nextAttemptAtMs: 1 }).annotation, ...fresh });
    await store.settleAnnotation('soon', { state: 'pending', nextAttemptAtMs: 50, error: 'away' });
    same(idsOf(await store.dueAnnotations(49)), ['late']);
    const again = (await store.dueAnnotations(50)).find(({ id }) => id === 'soon')!;
    same([again.attempts, again.error], [1, 'away']);
    await store.settleAnnotation('soon', { state: 'published', nextAttemptAtMs: 50, error: null });
    await store.settleAnnotation('late', { state: 'failed', nextAttemptAtMs: 50, error: 'gone' });
    same(idsOf(await store.dueAnnotations(9999)), ['never']);
  },

  'a voice is replaced by what is known later': async (store) => {
    await store.write([aVoice(), aVoice(ANNA.speaker, 6000)]);
    await store.write([aVoice(ANNA.speaker, 7000)]);
    same((await store.voice(ANNA, 'm'))!.updatedAtMs, 7000);
  },

  'consent is what was said last, and the log keeps all': async (store) => {
    const say = (action: 'grant' | 'withdraw' | 'notice', subject = ANNA) =>
      store.appendConsent({ ...subject, atMs: 1, action, by: subject.speaker });
    same(await store.consent(ANNA), null);
    const granted = await say('grant');
    same(granted, { ...ANNA, atMs: 1, action: 'grant', by: ANNA.speaker, sequence: granted.sequence });
    await say('notice');
    same((await store.consent(ANNA))?.action, 'grant');
    await say('grant', BEN);
    const withdrawn = await say('withdraw');
    assert.ok(withdrawn.sequence > granted.sequence);
    same(await store.consent(ANNA), withdrawn);
    same(await store.consent({ ...ANNA, space: 'line-2' }), null);
    same(
      (await store.consents(ANNA.platform, ANNA.space)).map(({ speaker, action }) => [speaker, action]),
      [
        [BEN.speaker, 'grant'],
        [ANNA.speaker, 'withdraw'],
      ],
    );
    same(
      (await store.consentLog(ANNA)).map(({ action }) => action),
      ['grant', 'notice', 'withdraw'],
    );
  },

  'the audit log keeps all that an entry says, and gives all in order': async (store) => {
    const entries: ConsentEntry[] = [
      { ...ANNA, atMs: 1, action: 'grant', by: 'x', detail: 'by a form', expiresAtMs: 99.5 },
      { ...ANNA, speaker: null, atMs: 2, action: 'notice', by: 'a panel' },
      { ...BEN, atMs: 3, action: 'refuse', by: 'x', detail: 'not-granted' },
      { ...BEN, space: 'line-2', atMs: 4, action: 'withdraw', by: BEN.speaker },
      { ...ANNA, atMs: 5, action: 'refuse', by: 'x' },
    ];
    for (const entry of entries) await store.appendConsent(entry);
    const kept = await store.consentEntries(0);
    same(
      kept,
      entries.map((entry, index) => ({ ...entry, sequence: kept[index]!.sequence })),
    );
    same(await store.consentEntries(kept[1]!.sequence, 2), kept.slice(2, 4));
    same(await store.consent(ANNA), kept[0], 'a refusal changes nothing');
    same(await store.consents(ANNA.platform, ANNA.space), [kept[0]]);
  },

  'a purged speaker who comes back is known again, and what was before is not': async (store) => {
    const say = (action: ConsentEntry['action']) =>
      store.appendConsent({ ...ANNA, atMs: 1, action, by: ANNA.speaker, detail: `of ${ANNA.speaker}` });
    await say('grant');
    await store.purgeSpeaker(ANNA, ANNA.speaker);
    await say('purge');
    await say('grant');
    await store.appendConsent({ ...ANNA, atMs: 2, action: 'purged', by: 'x' });
    const log = await store.consentEntries(0);
    same(
      log.map(({ action, speaker, by, detail }) => [action, speaker === ANNA.speaker, by === ANNA.speaker, !!detail]),
      [
        ['grant', false, false, false],
        ['purged', false, false, false],
        ['purge', false, false, false],
        ['grant', true, true, true],
        ['purged', false, false, false],
      ],
    );
  },

  'a purge leaves the others as they were, and nothing of the speaker': async (store) => {
    for (const subject of [ANNA, BEN]) {
      await store.appendConsent({
        ...subject,
        atMs: 1,
        action: 'grant',
        by: ANNA.speaker,
        detail: `asked ${ANNA.speaker}`,
      });
    }
    await store.write([...conversation('s'), aSession('other', { space: 'line-2' }), aTrack('o', 'other')]);
    await store.purgeSpeaker(ANNA, ANNA.speaker);

    const { session, tracks, segments, gaps, alerts } = (await store.session('s'))!;
    same([session.title, session.metadata], [null, { line: '1' }]);
    same(session.summary, {
      ...{ sessionId: 's', model: 'm', durationMs: 9000, speechMs: 1000, alerts: 2, shares: { sad: 1 } },
      speakers: [{ ...aSpeaker(BEN.speaker, 1000, 'sad'), talkShare: 1 }],
    });
    same([idsOf(tracks), segments.length, gaps.length, idsOf(alerts)], [['s-b'], 1, 1, ['s-2', 's-4']]);
    same(idsOf(await store.dueAnnotations(9999)), ['s-6']);
    same([await store.voice(ANNA, 'm'), (await store.voice(BEN, 'm'))?.model], [null, 'm']);
    same((await store.session('other'))!.tracks.length, 1, 'another space is left alone');

    const log = await store.consentLog(ANNA);
    same(
      log.map(({ action }) => action),
      ['grant', 'purged'],
    );
    same((await store.consent(ANNA))?.action, 'purged');
    const all = [...log, ...(await store.consents(ANNA.platform, ANNA.space)), ...(await store.consentLog(BEN))];
    assert.ok(!JSON.stringify(all).includes(ANNA.speaker));
    same((await store.consent(BEN))?.action, 'grant');
    await store.appendConsent({ ...ANNA, atMs: 2, action: 'grant', by: 'x' });
    same((await store.consent(ANNA))?.action, 'grant');
  },

  'a purged speaker is known by their name in the log, and by that alone': async (store) => {
    await store.appendConsent({ ...ANNA, atMs: 1, action: 'grant', by: 'x' });
    await store.purgeSpeaker(ANNA, 'x');
    const nameOf = await store.purgedNames();
    const names = (await store.consentEntries(0)).map(({ speaker }) => speaker);
    same(names, [nameOf(ANNA), nameOf(ANNA)]);
    assert.ok(!nameOf(ANNA).includes(ANNA.speaker));
    const others = [BEN, { ...ANNA, space: 'line-2' }, { ...ANNA, platform: 'chat' }].map(nameOf);
    same(new Set([nameOf(ANNA), ...others]).size, 4);
  },

  'a sweep deletes what is too old, and nothing else': async (store) => {
    const live = [aSession('live', { startedAtMs: 0 }), aTrack('l', 'live'), aSegment('l', 'live', 0)];
    await store.write([...conversation('old'), ...live, anAlert('l1', 'live')]);
    const append = (action: 'grant' | 'withdraw') => store.appendConsent({ ...ANNA, atMs: 1, action, by: 'x' });
    await append('grant');
    await append('withdraw');
    const none = { sessions: 0, segments: 0, alerts: 0, annotations: 0, voices: 0, consent: 0 };
    same(await store.sweep(1e6, {}), none);
    same(await store.sweep(10_000, { sessions: 1, segments: 1, annotations: 1, voices: 6000, alerts: 9000 }), none);
    const counts = await store.sweep(20_000, { segments: 1, alerts: 1, annotations: 1, voices: 1, consent: 1 });
    same(counts, { sessions: 0, segments: 4, alerts: 5, annotations: 4, voices: 2, consent: 1 });
    same((await store.consent(ANNA))?.action, 'withdraw');
    same((await store.session('old'))?.session.summary?.speakers.length, 2);
    same((await store.sweep(20_000, { sessions: 1 })).sessions, 1);
    same(idsOf((await store.sessions()).sessions), ['live']);
    same((await store.session('live'))!.segments.length, 1);
  },

  'open sessions are interrupted at the last thing known': async (store) => {
    await store.write([...conversation('done'), aSession('a'), aTrack('t', 'a'), aSegment('t', 'a', 4000)]);
    await store.write([aSession('b'), aSession('c'), anAlert('x', 'c', { atMs: 8000 })]);
    same(await store.interruptOpenSessions(1e6), 3);
    same(await store.interruptOpenSessions(1e6), 0);
    const ends: unknown[] = [];
    for (const id of ['done', 'a', 'b', 'c']) {
      const { state, endedAtMs } = (await store.session(id))!.session;
      ends.push([id, state, endedAtMs]);
    }
    same(ends, [
      ['done', 'ended', 10_000],
      ['a', 'interrupted', 1000 + 4900.25],
      ['b', 'interrupted', 1000],
      ['c', 'interrupted', 8000],
    ]);
    same((await store.session('a'))!.tracks[0]!.closedAtMs, 1000 + 4900.25);
  },

  'text comes back as it was, whatever is in it': async (store) => {
    for (const [index, text] of HOSTILE_TEXTS.entries()) {
      const id = `${index}${text}`;
      const subject = { platform: text, space: text, speaker: text };
      const session = aSession(id, {
        platform: text,
        space: text,
        title: text,
        metadata: { [text]: text },
        model: text,
      });
      const alert = anAlert(`alert${id}`, id, { rule: text, message: text, speaker: text }) as WriteOf<'alert'>;
      const annotation = anAnnotation(`note${id}`, id, { plugin: text, ref: text, content: { [text]: [text] } });
      await store.write([session, aTrack(`t${id}`, id, text, text), alert, annotation]);
      await store.write([{ type: 'voice', voice: { ...subject, model: text, statistics: text, updatedAtMs: 1 } }]);
      const entry = { ...subject, atMs: 1, action: 'grant', by: text, detail: text } as const;
      const { sequence, ...logged } = await store.appendConsent(entry);

      const record = (await store.session(id))!;
      same(record.session, { ...session.session, endedAtMs: null, state: 'open', summary: null });
      same(record.tracks, [{ ...aTrack(`t${id}`, id, text, text).track, closedAtMs: null }]);
      same(record.alerts, [{ ...alert.alert, acknowledgedAtMs: null }]);
      same(
        (await store.dueAnnotations(3000)).find((note) => note.id === annotation.annotation.id),
        { ...annotation.annotation, ...fresh },
      );
      same((await store.voice(subject, text))?.statistics, text);
      same(logged, entry);
      same((await store.consent(subject))?.sequence, sequence);
      const filter = { platform: text, space: text, speaker: text, text };
      same(idsOf((await store.sessions(filter)).sessions), [id]);
    }
    await store.write([aSession('odd', { title: 'a\0b\ud800' })]);
    same((await store.session('odd'))!.session.title, 'a\ufffdb\ufffd');
    const nobody = { platform: '', space: '' };
    await store.purgeSpeaker({ ...nobody, speaker: `';--%` }, 'x');
    await assert.rejects(store.purgeSpeaker({ ...nobody, speaker: '' }, 'x'), isInvalid);
    same((await store.sessions()).sessions.length, HOSTILE_TEXTS.length + 1);
  },

  'many may ask and write at once': async (store) => {
    await store.write([aSession('s'), aTrack('t', 's')]);
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        index % 2 ? store.session('s') : store.write([aSegment('t', 's', index)]),
      ),
    );
    same((await store.session('s'))!.segments.length, 20);
  },
};

const fresh = { state: 'pending', attempts: 0, error: null };

/** Registers the checks as tests. `open` gives a store with nothing in it; whoever opens it closes it. */
export function testStoreContract(name: string, open: () => Promise<Store>): void {
  describe(`${name} keeps the store's contract`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());
    test.each(Object.keys(STORE_CHECKS))('%s', (check) => STORE_CHECKS[check]!(store));
  });
}
