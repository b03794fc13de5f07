import { encodeOpus } from '../../../helpers/opus.ts';
import { seededRandom } from '../../../helpers/signals.ts';
import type { SayOptions, Speech, SpeechSent } from '../api.ts';
import { SILENCE_FRAME } from './rtp.ts';
import type { Speaker } from './speaker.ts';
import type { MediaPacket } from './voice-room.ts';

const PACKET_MS = 20;
/** How often packets that are due are sent. */
const TICK_MS = 5;
const FAST = 20;
const SAMPLES_A_PACKET = 960;

/** A speech that is under way. */
class Delivery {
  readonly speaker: Speaker;
  readonly done = Promise.withResolvers<SpeechSent>();
  #packets: readonly Uint8Array[];
  readonly #silenceFrames: number;
  readonly #options: SayOptions;
  readonly #random: () => number;
  readonly #speed: number;
  #startedAtMs = Infinity;
  /** Packets that are late: they have their place in the stream, and leave when they are due. */
  #late: { readonly dueMs: number; readonly packet: MediaPacket }[] = [];
  #next = 0;
  #end: number;
  #sent = { packets: 0, lost: 0, firstAtMs: 0, lastAtMs: 0 };

  constructor(speaker: Speaker, speech: Speech, options: SayOptions) {
    this.speaker = speaker;
    this.#packets = speech instanceof Float32Array ? encodeOpus(wholePackets(speech)) : speech;
    this.#silenceFrames = options.silenceFrames ?? 5;
    this.#end = this.#packets.length + this.#silenceFrames;
    this.#options = options;
    this.#random = seededRandom(options.seed ?? 1);
    this.#speed = (options.realTime ?? true) ? 1 : FAST;
  }

  begin(): void {
    this.#startedAtMs = performance.now();
  }

  /** Sends what is due by now; true once everything has left. */
  advance(nowMs: number): boolean {
    const { loss = 0, reorderWithinMs = 0 } = this.#options;
    const at = (nowMs - this.#startedAtMs) * this.#speed;
    while (this.#next < this.#end && this.#next * PACKET_MS <= at) {
      const opus = this.#packets[this.#next] ?? SILENCE_FRAME;
      const packet = this.speaker.pack(opus);
      if (this.#random() < loss) this.#sent.lost++;
      else if (packet && reorderWithinMs === 0) this.#send(packet);
      else if (packet) this.#late.push({ dueMs: this.#next * PACKET_MS + this.#random() * reorderWithinMs, packet });
      this.#next++;
    }
    if (this.#late.length > 0) {
      const due = this.#late.filter(({ dueMs }) => dueMs <= at).sort((a, b) => a.dueMs - b.dueMs);
      this.#late = this.#late.filter(({ dueMs }) => dueMs > at);
      for (const { packet } of due) this.#send(packet);
    }
    return this.#next >= this.#end && this.#late.length === 0;
  }

  #send(packet: MediaPacket): void {
    this.speaker.room.send(this.speaker, packet);
    this.#sent.lastAtMs = Date.now();
    this.#sent.firstAtMs ||= this.#sent.lastAtMs;
    this.#sent.packets++;
  }

  /** Goes over to the silence that ends a transmission. */
  breakOff(): void {
    this.#end = Math.min(this.#end, this.#next + this.#silenceFrames);
    this.#packets = this.#packets.slice(0, this.#next);
  }

  finish(): void {
    this.speaker.end();
    this.done.resolve(this.#sent);
  }
}

/** Sends what speakers say, all of them by one clock. */
export class Speeches {
  readonly #deliveries = new Map<Speaker, Delivery>();
  readonly #changed: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  async say(speaker: Speaker, speech: Speech, options: SayOptions): Promise<SpeechSent> {
    if (this.#deliveries.has(speaker)) throw new Error('this member is talking already: await it, or stop() it first');
    const delivery = new Delivery(speaker, speech, options);
    this.#deliveries.set(speaker, delivery);
    speaker.start();
    // Whoever has not read yet whose SSRC this is would not hear the first packets.
    await speaker.room.synced();
    if (this.#deliveries.get(speaker) !== delivery) return delivery.done.promise;
    delivery.begin();
    this.#timer ??= setInterval(() => {
      this.#tick();
    }, TICK_MS);
    this.#changed();
    return delivery.done.promise;
  }

  /** The speaker falls silent. */
  stop(speaker: Speaker): void {
    this.#deliveries.get(speaker)?.breakOff();
  }

  /** The speaker is gone: nothing more is sent. */
  drop(speaker: Speaker): void {
    this.#finish(this.#deliveries.get(speaker));
  }

  close(): void {
    for (const delivery of this.#deliveries.values()) this.#finish(delivery);
  }

  #tick(): void {
    const nowMs = performance.now();
    for (const delivery of this.#deliveries.values()) if (delivery.advance(nowMs)) this.#finish(delivery);
  }

  #finish(delivery: Delivery | undefined): void {
    if (!delivery) return;
    this.#deliveries.delete(delivery.speaker);
    delivery.finish();
    if (this.#deliveries.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    this.#changed();
  }
}

/** Fills up the last packet with silence. */
function wholePackets(pcm: Float32Array): Float32Array {
  const whole = new Float32Array(Math.ceil(pcm.length / SAMPLES_A_PACKET) * SAMPLES_A_PACKET);
  whole.set(pcm);
  return whole;
}
