import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseAlertRules } from '../../../src/live/alert-rules.ts';
import { ConsentLedger } from '../../../src/live/consent-ledger.ts';
import { MemoryConsentLog } from '../../../src/live/consent-log.ts';
import type { ConsentSettingsInput } from '../../../src/live/consent-settings.ts';
import { LiveEngine, type EngineOptions } from '../../../src/live/live-engine.ts';
import type { LiveSession } from '../../../src/live/live-session.ts';
import type { MediaPacket } from '../../../src/live/packets.ts';
import { TrackThreads } from '../../../src/live/track-threads.ts';
import type { LiveEvent, SpeakerDescription } from '../../../src/live/types.ts';
import { reachableHeap, threadCount } from '../../helpers/heap.ts';
import { mulawPackets, opusPackets, type SentPacket } from '../../helpers/live.ts';
import { buzz, whiteNoise } from '../../helpers/signals.ts';

const RATE = 48_000;
const ROOM = { platform: 'test', space: 'room' };
const ANNE: SpeakerDescription = { speaker: 'anne', role: 'participant', name: 'Anne' };
const BERT: SpeakerDescription = { speaker: 'bert', role: 'customer' };
const ACT = { by: 'test' };

/** A voice that speaks for so many seconds after a pause, in a quiet room. */
function voice(seconds: number, pitchHz: number): Float32Array {
  const sound = whiteNoise(Math.round((seconds + 1.6) * RATE), pitchHz, 1e-4);
  buzz(seconds, RATE, { pitchHz }).forEach((sample, at) => (sound[at + 0.6 * RATE]! += sample));
  return sound;
}

/** A packet that comes when it is written. */
const now = ({ payload, sequence, timestamp }: SentPacket): MediaPacket => ({ payload, sequence, timestamp });

/** Time that goes on when a test says so. */
interface Clock {
  nowMs: number;
}

describe('LiveSession', () => {
  let threads: TrackThreads;
  const anne = opusPackets(voice(5, 220));
  const bert = mulawPackets(voice(3, 110));

  beforeAll(async () => {
    threads = await TrackThreads.start({ threads: 2, abstainBelow: 0 });
  });

  afterAll(() => threads.close());

  async function engineWith(
    consent: ConsentSettingsInput,
    options: Partial<EngineOptions> = {},
  ): Promise<{ engine: LiveEngine; ledger: ConsentLedger; clock: Clock; errors: unknown[] }> {
    const clock = { nowMs: 1_000_000 };
    const errors: unknown[] = [];
    const ledger = await ConsentLedger.open(new MemoryConsentLog(), consent, () => clock.nowMs);
    const onError = (cause: unknown): void => void errors.push(cause);
    const engine = new LiveEngine({ threads, consent: ledger, clock: () => clock.nowMs, onError, ...options });
    return { engine, ledger, clock, errors };
  }

  /** What a session says from now on. */
  function listen(session: LiveSession): LiveEvent[] {
    const events: LiveEvent[] = [];
    session.events.subscribe((event) => events.push(event));
    return events;
  }

  test('hears two speakers at once, each by their own track, and sums up', async () => {
    const { engine, clock, errors } = await engineWith({ mode: 'announce' });
    const session = engine.openSession({ ...ROOM, title: 'Two voices' });
    await session.noticeGiven('a panel');
    const events = listen(session);
    const tracks = [session.openTrack(ANNE, { codec: 'opus' }), session.openTrack(BERT, { codec: 'mulaw' })];
    for (let i = 0; i < anne.length; i++) {
      clock.nowMs = session.startedAtMs + 20 * i;
      [anne, bert].forEach((packets, who) => {
        const packet = packets[i];
        if (packet) expect(tracks[who]!.write({ ...packet, arrivedAtMs: clock.nowMs })).toBe('ok');
      });
      engine.tick();
    }
    const summary = await session.end();
    expect(errors).toEqual([]);
    expect(summary.speakers.map(({ speaker, name }) => [speaker, name])).toEqual([['anne', 'Anne'], ['bert', 'bert']]); // prettier-ignore
    expect(summary.speakers[0]!.talkMs).toBeGreaterThan(4_800);
    expect(Math.abs(summary.speakers[1]!.talkMs - 3_150)).toBeLessThan(250);
    expect(summary.model).toBe('default');
    for (const { speaker } of [ANNE, BERT]) {
      const own = events.filter((event) => 'trackId' in event && event.speaker === speaker);
      expect(own.map(({ type }) => type).join(' ')).toMatch(/^speechStart (emotion )+speechEnd$/);
    }
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)).toMatchObject({ type: 'summary', isFinal: true, summary });
    expect(engine.sessions.size).toBe(0);
    await engine.close();
  });

  test('the events can be iterated, and end with the session', async () => {
    const { engine } = await engineWith({ mode: 'announce' });
    const session = engine.openSession(ROOM);
    await session.noticeGiven('a panel');
    const types: string[] = [];
    const reading = (async () => {
      for await (const { type } of session.events) types.push(type);
    })();
    const track = session.openTrack(ANNE, { codec: 'opus' });
    for (const packet of anne) track.write(now(packet));
    await session.end();
    await reading;
    expect(types[0]).toBe('speechStart');
    expect(types.at(-1)).toBe('summary');
    await engine.close();
  });

  test('nobody is heard before they agreed', async () => {
    const { engine, ledger } = await engineWith({ mode: 'opt-in' });
    const session = engine.openSession(ROOM);
    expect(() => session.openTrack(ANNE, { codec: 'opus' })).toThrow(
      expect.objectContaining({ code: 'CONSENT_MISSING' }),
    );
    await ledger.grant({ ...ROOM, speaker: 'anne' }, ACT);
    const track = session.openTrack(ANNE, { codec: 'opus' });
    expect(track.write(now(anne[0]!))).toBe('ok');
    expect((await track.close()).counts).toMatchObject({ received: 1, decoded: 1 });
    expect(() => session.openTrack(BERT, { codec: 'opus' })).toThrow(/not-granted/);
    await engine.close();
  });

  test('a withdrawal ends a speaker’s track with the very next packet, and nothing more is said of them', async () => {
    const { engine, ledger } = await engineWith({ mode: 'announce' });
    const session = engine.openSession(ROOM);
    await session.noticeGiven('a panel');
    const track = session.openTrack(ANNE, { codec: 'opus' });
    for (const packet of anne.slice(0, 150)) track.write(now(packet));
    const events = listen(session);
    const withdrawn = ledger.withdraw({ ...ROOM, speaker: 'anne' }, ACT);
    expect(track.write(now(anne[150]!))).toBe('dropped');
    expect(await track.close()).toMatchObject({ counts: { received: 150 }, voice: undefined });
    await withdrawn;
    await session.end();
    expect(events.map(({ type }) => type)).toEqual(['summary']);
    await engine.close();
  });

  test('a grant that ends while somebody speaks ends their hearing with that packet', async () => {
    const { engine, ledger, clock } = await engineWith({ mode: 'opt-in' });
    await ledger.grant({ ...ROOM, speaker: 'anne' }, { ...ACT, expiresAtMs: clock.nowMs + 1_000 });
    const session = engine.openSession(ROOM);
    const track = session.openTrack(ANNE, { codec: 'opus' });
    const results = anne.slice(0, 100).map((packet) => {
      const result = track.write(now(packet));
      clock.nowMs += 20;
      return result;
    });
    expect(results).toEqual([...Array<string>(50).fill('ok'), ...Array<string>(50).fill('dropped')]);
    // One call of the decoder a packet, and none more.
    expect((await track.close()).counts).toMatchObject({ received: 50, decoded: 50 });
    await engine.close();
  });

  test('a purge leaves no word of a speaker in the summary', async () => {
    const { engine, ledger } = await engineWith({ mode: 'announce' });
    const session = engine.openSession(ROOM);
    await session.noticeGiven('a panel');
    const track = session.openTrack(ANNE, { codec: 'opus' });
    for (const packet of anne) track.write(now(packet));
    await session.closeTrack(track);
    expect(session.summary().speakers).toHaveLength(1);
    await ledger.purge({ ...ROOM, speaker: 'anne' }, ACT);
    expect(JSON.stringify(await session.end())).not.toContain('anne');
    await engine.close();
  });

  test('a voice is remembered from one session to the next, while its speaker agrees', async () => {
    const kept = new Map<string, object>();
    const voices: EngineOptions['voices'] = {
      recall: ({ speaker }) => kept.get(speaker) as never,
      remember: ({ speaker }, _, voice) => kept.set(speaker, voice),
    };
    const { engine } = await engineWith({ mode: 'announce' }, { voices });
    const shares: number[] = [];
    for (let round = 0; round < 2; round++) {
      const session = engine.openSession(ROOM);
      await session.noticeGiven('a panel');
      const events = listen(session);
      const track = session.openTrack(ANNE, { codec: 'opus' });
      for (const packet of anne) track.write(now(packet));
      await session.end();
      const first = events.find((event) => event.type === 'emotion' && event.of === 'segment');
      shares.push((first as { normal: { share: number } }).normal.share);
    }
    expect(shares[1]!).toBeGreaterThan(shares[0]!);
    await engine.close();
  });

  test('an alert says which rule came true, when and of whom', async () => {
    const alertRules = parseAlertRules(
      [{ name: 'any', emotion: [...threads.labels], above: 0.9, forMs: 2_000 }],
      threads.labels,
    );
    const { engine } = await engineWith({ mode: 'announce' }, { alertRules });
    const session = engine.openSession(ROOM);
    await session.noticeGiven('a panel');
    const events = listen(session);
    const track = session.openTrack(ANNE, { codec: 'opus' });
    for (const packet of anne) track.write(now(packet));
    const { alerts } = await session.end();
    expect(alerts).toBe(1);
    const alert = events.find(({ type }) => type === 'alert');
    expect(alert).toMatchObject({ rule: 'any', speaker: 'anne', trackId: track.id });
    await engine.close();
  });

  test('a listener that throws, and one that never reads, cost no other', async () => {
    const { engine, errors } = await engineWith({ mode: 'announce' });
    const session = engine.openSession(ROOM);
    await session.noticeGiven('a panel');
    session.events.subscribe(() => {
      throw new Error('listener');
    });
    const neverRead = session.events[Symbol.asyncIterator]();
    const events = listen(session);
    const track = session.openTrack(ANNE, { codec: 'opus' });
    for (const packet of anne) track.write(now(packet));
    await session.end();
    expect((await neverRead.next()).value).toEqual(events[0]);
    expect(events.map(({ type }) => type)).toContain('speechEnd');
    expect(errors).toHaveLength(events.length);
    await engine.close();
  });

  test('ten thousand sessions open and close without leaving anything', async () => {
    const ledger = await ConsentLedger.open(new MemoryConsentLog(), { mode: 'announce' });
    // A log in memory grows, as it must: here it is no part of what is measured.
    const engine = new LiveEngine({ threads, consent: Object.assign(ledger, { recordNotice: () => Promise.resolve() }) }); // prettier-ignore
    const openAndClose = async (sessions: number): Promise<void> => {
      for (let i = 0; i < sessions; i++) {
        const session = engine.openSession(ROOM);
        await session.noticeGiven('a panel');
        session.openTrack(ANNE, { codec: 'opus' }).write(now(anne[0]!));
        await session.end();
      }
    };
    await openAndClose(1_000);
    const before = [reachableHeap(), threadCount(), process.memoryUsage.rss()] as const;
    await openAndClose(10_000);
    expect(reachableHeap() - before[0]).toBeLessThan(500_000);
    expect(threadCount()).toBeLessThanOrEqual(before[1]);
    // What the threads keep, decoders included: 10,000 of them would be hundreds of megabytes.
    expect(process.memoryUsage.rss() - before[2]).toBeLessThan(64 * 2 ** 20);
    expect(engine.sessions.size).toBe(0);
    expect(engine.backlog).toBe(0);
    await engine.close();
  });

  test('a session ends with its summary even where its thread has ended before it', async () => {
    const own = await TrackThreads.start();
    const { engine } = await engineWith({ mode: 'announce' }, { threads: own });
    const session = engine.openSession(ROOM);
    await session.noticeGiven('a panel');
    session.openTrack(ANNE, { codec: 'opus' });
    await own.close();
    expect((await session.end()).speakers).toHaveLength(1);
    await engine.close();
  });

  test('what is no packet is dropped, and costs nothing', async () => {
    const { engine } = await engineWith({ mode: 'announce' });
    const session = engine.openSession(ROOM);
    await session.noticeGiven('a panel');
    const track = session.openTrack(ANNE, { codec: 'opus' });
    expect(track.write({ payload: undefined as never })).toBe('dropped');
    expect(track.write(now(anne[0]!))).toBe('ok');
    expect((await track.close()).counts).toMatchObject({ received: 1, decoded: 1 });
    await engine.close();
  });

  test('a session that is over opens no tracks', async () => {
    const { engine } = await engineWith({ mode: 'announce' });
    const session = engine.openSession(ROOM);
    await session.noticeGiven('a panel');
    await session.end();
    expect(() => session.openTrack(ANNE, { codec: 'opus' })).toThrow(
      expect.objectContaining({ code: 'SESSION_ENDED' }),
    );
    await engine.close();
  });
});
