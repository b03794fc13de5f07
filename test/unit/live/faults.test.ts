// What goes wrong with packets and clocks in live sessions, and what is lost by it: no more than is said.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConsentLedger } from '../../../src/live/consent-ledger.ts';
import { MemoryConsentLog } from '../../../src/live/consent-log.ts';
import { LiveEngine } from '../../../src/live/live-engine.ts';
import { TrackThreads } from '../../../src/live/track-threads.ts';
import type { LiveEvent, SessionSummary, SpeakerDescription } from '../../../src/live/types.ts';
import { voicePackets } from '../../helpers/host.ts';
import type { SentPacket } from '../../helpers/live.ts';

const HOUR = 3_600_000;
const ANNE: SpeakerDescription = { speaker: 'anne', role: 'participant' };
const BERT: SpeakerDescription = { speaker: 'bert', role: 'participant' };
/** Some 5 s of speech each, in 6.6 s; their sequence numbers and timestamps wrap within. */
const anne = voicePackets(5, 220);
const bert = voicePackets(5, 110);
const CORRUPT = Uint8Array.of(0x7b, 0xff, 0x01);

let threads: TrackThreads;
beforeAll(async () => {
  threads = await TrackThreads.start({ abstainBelow: 0 });
});
afterAll(() => threads.close());

interface Heard {
  readonly summary: SessionSummary;
  readonly events: readonly LiveEvent[];
  readonly talkMs: number;
  readonly gapMs: number;
}

/** What one who is disturbed says, beside one who is not: a packet each every 20 ms of an engine’s clock. */
async function conversation(
  packets: readonly SentPacket[],
  { clockAt = (index: number) => 20 * index, arrivalAt }: { clockAt?: (i: number) => number; arrivalAt?: (i: number) => number } = {}, // prettier-ignore
): Promise<Heard> {
  let nowMs = 1e12;
  const ledger = await ConsentLedger.open(new MemoryConsentLog(), { mode: 'announce' }, () => nowMs);
  const errors: unknown[] = [];
  const engine = new LiveEngine({ threads, consent: ledger, clock: () => nowMs, onError: (cause) => errors.push(cause) }); // prettier-ignore
  const session = engine.openSession({ platform: 'test', space: 'room' });
  await session.noticeGiven('a panel');
  const events: LiveEvent[] = [];
  session.events.subscribe((event) => events.push(event));
  const [own, other] = [ANNE, BERT].map((who) => session.openTrack(who, { codec: 'opus' }));
  bert.forEach(({ payload, sequence, timestamp }, index) => {
    nowMs = 1e12 + clockAt(index);
    other!.write({ payload, sequence, timestamp });
    const packet = packets[index]!;
    own!.write({ ...packet, arrivedAtMs: arrivalAt ? 1e12 + arrivalAt(index) : nowMs });
    engine.tick();
  });
  const summary = await session.end();
  await engine.close();
  expect(errors).toEqual([]);
  const of = (who: SpeakerDescription) => summary.speakers.find(({ speaker }) => speaker === who.speaker)!;
  // Whatever happens to one, the other loses nothing.
  expect(of(BERT)).toMatchObject({ talkMs: CLEAN.bertMs, gapMs: 0 });
  return { summary, events, talkMs: of(ANNE).talkMs, gapMs: of(ANNE).gapMs };
}

const CLEAN = { anneMs: 0, bertMs: 0 };
beforeAll(async () => {
  CLEAN.bertMs = expect.any(Number) as unknown as number;
  const { summary } = await conversation(anne);
  [CLEAN.anneMs, CLEAN.bertMs] = summary.speakers.map(({ talkMs }) => talkMs) as [number, number];
  expect(CLEAN.anneMs).toBeGreaterThan(4_800);
});

test('every packet corrupt: all of it is said to be missing, and nobody is heard', async () => {
  const { talkMs, gapMs, events } = await conversation(anne.map((packet) => ({ ...packet, payload: CORRUPT })));
  expect(talkMs).toBe(0);
  // But for the decoder’s delay.
  expect(gapMs).toBeCloseTo(anne.length * 20 - 6.5, 0);
  expect(events.filter(({ type }) => type === 'gap').length).toBeLessThanOrEqual(8);
  expect(events.filter((event) => event.type === 'emotion' && event.speaker === 'anne')).toEqual([]);
});

test('one in ten corrupt: the speech is heard, a tenth is said to be missing', async () => {
  const packets = anne.map((packet, i) => (i % 10 === 5 ? { ...packet, payload: CORRUPT } : packet));
  const { talkMs, gapMs } = await conversation(packets);
  expect(Math.abs(talkMs - CLEAN.anneMs)).toBeLessThan(100);
  expect(gapMs).toBeCloseTo(anne.length * 2, 0);
});

test.each([
  ['the sender’s clock', HOUR * 48],
  ['the sender’s clock, back', -HOUR * 48],
])('%s is set by an hour: nothing is lost', async (_, ticks) => {
  const packets = anne.map((packet, i) => (i < 150 ? packet : { ...packet, timestamp: (packet.timestamp + ticks + 2 ** 33) % 2 ** 32 })); // prettier-ignore
  const { talkMs, gapMs, summary } = await conversation(packets);
  expect(Math.abs(talkMs - CLEAN.anneMs)).toBeLessThan(50);
  expect([gapMs, summary.durationMs]).toEqual([0, 20 * (bert.length - 1)]);
});

test.each([
  ['forward', HOUR],
  ['back', -HOUR],
])('this machine’s clock is set an hour %s: nothing is lost, and nobody speaks for an hour', async (_, leap) => {
  const at = (index: number): number => 20 * index + (index < 150 ? 0 : leap);
  for (const clocks of [{ clockAt: at }, { arrivalAt: at }, { clockAt: at, arrivalAt: (i: number) => 20 * i }]) {
    const { talkMs, gapMs, summary, events } = await conversation(anne, clocks);
    expect(Math.abs(talkMs - CLEAN.anneMs)).toBeLessThan(50);
    expect(gapMs).toBe(0);
    expect(Math.abs(summary.durationMs - 20 * (bert.length - 1))).toBeLessThanOrEqual(20);
    for (const { mediaMs } of events) expect(mediaMs).toBeLessThan(8_000);
  }
});

test('a thread that cannot keep up: packets are dropped before they cost memory, and it is said', async () => {
  const ledger = await ConsentLedger.open(new MemoryConsentLog(), { mode: 'announce' });
  const engine = new LiveEngine({ threads, consent: ledger });
  const session = engine.openSession({ platform: 'test', space: 'room' });
  await session.noticeGiven('a panel');
  const track = session.openTrack(ANNE, { codec: 'opus' });
  const results = { ok: 0, slow: 0, dropped: 0 };
  // All in one turn of the event loop, the thread can take none meanwhile; all the same one, which is soon heard.
  const packet = { payload: anne[0]!.payload, sequence: 1, timestamp: 960 };
  for (let i = 0; i < 150_000; i++) results[track.write(packet)]++;
  expect(results.dropped).toBe(50_000);
  expect([track.received, track.refused]).toEqual([100_000, 50_000]);
  expect((await track.close()).counts.received).toBe(100_000);
  await engine.close();
});
