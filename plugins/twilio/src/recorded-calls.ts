import { setTimeout as sleep } from 'node:timers/promises';
import { Call, encodeL16, faultOf, openAudio, type CallNews, type CallSide, type PluginHost } from 'undertone';
import { z } from 'zod';
import { noticeWords, participantsOf, type RingingCall } from './call-desk.ts';
import { downloadRecording } from './recording-download.ts';
import type { RestClient } from './rest-client.ts';
import type { Credentials, Settings } from './settings.ts';

/** A recording that Twilio has finished. */
export interface FinishedRecording {
  readonly recordingSid: string;
  readonly callSid: string;
}

/** What recordings are heard with. */
export interface RecordedCallsParts {
  readonly host: PluginHost;
  readonly settings: Settings;
  readonly credentials: Credentials;
  readonly client: RestClient | undefined;
  readonly onNews: (news: CallNews, call: Call, recordingSid: string) => void;
}

const MOST_WAITING = 500;
const MOST_REMEMBERED = 5_000;
/** What was begun so often and never ended may be what ended the host. */
const MOST_BEGINNINGS = 3;
const RATE_HZ = 8_000;
const PACKET_SAMPLES = 160;
const FORMAT = { codec: 'l16', sampleRateHz: RATE_HZ } as const;
/** So many packets of 20 ms are heard every 20 ms: calls that go on come first. */
const PACKETS_AT_ONCE = 20;
const PAUSE_MS = 20;
const SIDES: readonly CallSide[] = ['inbound', 'outbound'];

/** A recording that waits or is being heard, as it is remembered across restarts. */
const pendingSchema = z.strictObject({
  recordingSid: z.string(),
  callSid: z.string(),
  begun: z.int(),
  /** Of the session that hears it. */
  sessionId: z.string().optional(),
});
type PendingRecording = z.output<typeof pendingSchema>;

const MEMORY = 'recording:';

/**
 * Hears recordings of calls, one after the other, each as the call that it was: under the same consent, in the same
 * threads, with the same summary. No sound of them is kept. Which of them wait is remembered: a restart takes them up again.
 */
export class RecordedCalls {
  readonly #parts: RecordedCallsParts;
  readonly #stop = new AbortController();
  readonly #seen = new Set<string>();
  readonly #waiting: PendingRecording[] = [];
  #running: Promise<void> | undefined;

  constructor(parts: RecordedCallsParts) {
    this.#parts = parts;
  }

  /** Takes up what the end of the host came between. @throws UndertoneError STORE_UNAVAILABLE */
  async resume(): Promise<void> {
    const pending = await this.#parts.host.memory.all(MEMORY);
    for (const value of pending.values()) {
      const { data } = pendingSchema.safeParse(value);
      if (data) this.#wait(data);
    }
  }

  /**
   * Takes a recording, once. When it resolves, a restart does not lose it.
   * @returns false where too many wait
   */
  async take(recording: FinishedRecording): Promise<boolean> {
    if (this.#seen.has(recording.recordingSid)) return true;
    if (this.#waiting.length >= MOST_WAITING) return false;
    this.#seen.add(recording.recordingSid);
    if (this.#seen.size > MOST_REMEMBERED) this.#seen.delete(this.#seen.values().next().value!);
    const pending = { ...recording, begun: 0 };
    await this.#remember(pending);
    this.#wait(pending);
    return true;
  }

  /** Lets go of what is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#waiting.length = 0;
    await this.#running;
  }

  #wait(recording: PendingRecording): void {
    if (this.#stop.signal.aborted) return;
    this.#seen.add(recording.recordingSid);
    this.#waiting.push(recording);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      if (await this.#isDone(next)) await this.#remember(next, { isDone: true });
    }
    this.#running = undefined;
  }

  /** Hears a recording. @returns whether it need not be heard after a restart */
  async #isDone(recording: PendingRecording): Promise<boolean> {
    const { host } = this.#parts;
    const { begun, sessionId } = recording;
    if (begun >= MOST_BEGINNINGS) {
      host.log.error('a recording was begun several times and never ended: it is let go');
      return true;
    }
    const pending = { ...recording, begun: begun + 1 };
    try {
      await this.#remember(pending);
      // What was heard of it is heard again.
      if (sessionId !== undefined) await host.records.deleteSession(sessionId);
      await this.#hear(pending);
      return true;
    } catch (cause) {
      if (!this.#stop.signal.aborted) {
        host.log.error('a recording cannot be heard', { fault: faultOf(cause) });
        return true;
      }
      // An end in good order is no fault of the recording.
      await this.#remember({ ...pending, begun });
      return false;
    }
  }

  async #remember(pending: PendingRecording, { isDone = false } = {}): Promise<void> {
    const { memory, log } = this.#parts.host;
    await memory.set(MEMORY + pending.recordingSid, isDone ? null : pending).catch((cause: unknown) => {
      log.error('a recording that waits cannot be written down', { fault: faultOf(cause) });
    });
  }

  /** @param pending is told of its session */
  async #hear(pending: PendingRecording): Promise<void> {
    const { host, settings, credentials, client, onNews } = this.#parts;
    const { recordingSid, callSid } = pending;
    if (!client) return;
    const { from, to, direction } = await client.calls(callSid).fetch();
    const isOutgoing = direction.startsWith('outbound');
    const ringing: RingingCall = { callSid, line: isOutgoing ? from : to, customer: isOutgoing ? to : from };
    const sides = (settings.agent.hear ? SIDES : SIDES.slice(0, 1)).filter((side) => this.#mayHear(ringing, side));
    // Nothing is fetched of somebody who may not be heard.
    if (sides.length > 0) {
      const sound = await downloadRecording(recordingSid, credentials, settings, this.#stop.signal);
      const participants = participantsOf(ringing, sides, settings.agent.speaker);
      const meta = { title: 'Recording of a call', metadata: { callSid, recordingSid } };
      const call = new Call(
        host,
        { callId: callSid, space: ringing.line, format: FORMAT, participants, ...meta },
        (news) => {
          // It is over: what is told live about it is its alerts and the summary, which a part of it has not.
          if (news.kind !== 'emotion' && !this.#stop.signal.aborted)
            onNews({ ...news, key: `recording-${news.key}` }, call, recordingSid);
        },
      );
      try {
        pending.sessionId = call.session.id;
        await this.#remember(pending);
        if (settings.notice) await call.noticeGiven(noticeWords(settings.notice));
        else await call.listen();
        await this.#play(call, sound, sides);
      } finally {
        await call.end();
      }
      // Cut short after its last packet, it has no summary either.
      this.#stop.signal.throwIfAborted();
    }
    if (settings.recording.ask && !settings.recording.keep) await client.recordings(recordingSid).remove();
  }

  #mayHear(ringing: RingingCall, side: CallSide): boolean {
    const { host, settings } = this.#parts;
    const { speaker, role } = participantsOf(ringing, [side], settings.agent.speaker)[side]!;
    return host.consent.mayHear({ space: ringing.line, speaker }, role, settings.notice !== null).allowed;
  }

  /** Both sides at the same time, as they were spoken. */
  async #play(call: Call, sound: Uint8Array, sides: readonly CallSide[]): Promise<void> {
    const { customerChannel } = this.#parts.settings.recording;
    const readers = await Promise.all(
      sides.map(async (side) => {
        const channel = (side === 'inbound') === (customerChannel === 1) ? 0 : 1;
        return {
          side,
          packets: packetsOf(await openAudio(sound, { sampleRateHz: RATE_HZ, channel, name: 'recording' })),
        };
      }),
    );
    for (let count = 0, open = readers; open.length > 0; count++) {
      const alive: typeof readers = [];
      for (const reader of open) {
        const { value: payload } = await reader.packets.next();
        if (!payload) continue;
        alive.push(reader);
        const packet = { payload, sequence: count & 0xffff, timestamp: count * PACKET_SAMPLES };
        call.write(reader.side, count === 0 ? { ...packet, arrivedAtMs: call.session.startedAtMs } : packet);
      }
      open = alive;
      if (count % PACKETS_AT_ONCE === 0) await sleep(PAUSE_MS, undefined, { signal: this.#stop.signal });
    }
  }
}

/** Samples as packets of 20 ms; a rest that is shorter is left out. */
async function* packetsOf(chunks: AsyncIterable<Float32Array>): AsyncGenerator<Uint8Array, undefined> {
  const packet = new Float32Array(PACKET_SAMPLES);
  let filled = 0;
  for await (const chunk of chunks) {
    for (const sample of chunk) {
      packet[filled++] = sample;
      if (filled < PACKET_SAMPLES) continue;
      yield encodeL16(packet);
      filled = 0;
    }
  }
  return undefined;
}
