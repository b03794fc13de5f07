import type { FrameStatisticsData, SpeechListener, SpeechSegment, SpeechSegmenter } from '../predictor/index.ts';
import { GapJoiner } from './gap-joiner.ts';
import { JitterBuffer, type PlacedPacket } from './jitter-buffer.ts';
import { MediaClock } from './media-clock.ts';
import { clockHz, type MediaPacket, type TrackFormat } from './packets.ts';
import type { TrackDecoder } from './track-decoder.ts';
import { noCounts } from './track-events.ts';
import { TrackSpeech, type TrackSpeechParts } from './track-speech.ts';
import type { GapReason } from './types.ts';

/** What a track works with. */
export interface TrackParts extends TrackSpeechParts {
  readonly format: TrackFormat;
  readonly decoder: TrackDecoder;
  /** When the track's first packet came, on the session's media clock, is asked once. */
  readonly sessionMs: (arrivedAtMs: number) => number;
  readonly now: () => number;
}

/** A packet whose length cannot be told, where none came before it. */
const USUAL_PACKET_MS = 20;

/** One speaker's sound on its way: packets in, events out. It lives in a thread beside the model that hears it. */
export class TrackPipeline {
  readonly counts = noCounts();
  readonly #parts: TrackParts;
  readonly #clock: MediaClock;
  readonly #jitter: JitterBuffer;
  readonly #listener: SpeechListener;
  readonly #segmenter: SpeechSegmenter;
  readonly #speech: TrackSpeech;
  readonly #samplesATick: number;
  readonly #concealTicks: number;
  readonly #gaps: GapJoiner;
  /** The tick at which sample 0 lies; undefined before the first packet was played. */
  #firstTick: number | undefined;
  /** The tick after the last one played, and where sample 0 lies in the session. */
  #nextTick = 0;
  #offsetMs = 0;
  /** Samples to leave out: what the decoder says before the first that was spoken. */
  #skip = 0;
  #lastArrivalMs = -Infinity;
  /** How long the last packet was. */
  #usualTicks: number;
  #isOpen = true;

  constructor(parts: TrackParts) {
    const { format, settings, hearer } = parts;
    const ticksASecond = clockHz(format);
    this.#parts = parts;
    this.#clock = new MediaClock(ticksASecond);
    this.#jitter = new JitterBuffer(settings.jitterMs, ticksASecond);
    this.#listener = hearer.listen();
    this.#segmenter = this.#listener.segmenter;
    this.#speech = new TrackSpeech(parts, this.#listener, this.counts, (sample) => this.#msAt(sample));
    this.#samplesATick = hearer.sampleRateHz / ticksASecond;
    this.#usualTicks = (USUAL_PACKET_MS * ticksASecond) / 1_000;
    this.#gaps = new GapJoiner((startMs, endMs, reason) => {
      parts.emit({ type: 'gap', mediaMs: endMs, startMs, endMs, reason });
    });
    this.#concealTicks = (settings.concealMs * ticksASecond) / 1_000;
  }

  /** What is known of the voice, to be kept under the speaker's consent; undefined before anything is. */
  get voice(): FrameStatisticsData | undefined {
    return this.#speech.voice;
  }

  /**
   * Takes a packet. It returns at once and never throws: a real-time source cannot wait, and one bad packet costs one
   * packet.
   */
  write(packet: MediaPacket): void {
    this.counts.received++;
    if (!this.#isOpen) return;
    try {
      this.#take(packet);
    } catch (cause) {
      this.#parts.onError(cause);
    }
  }

  /** Plays what has waited long enough, and ends speech after which nothing comes. Called every now and then. */
  tick(): void {
    if (!this.#isOpen) return;
    const { settings, now } = this.#parts;
    const idle = now() - this.#lastArrivalMs >= settings.idleMs;
    try {
      this.#playDue(idle ? Infinity : now());
      if (idle) this.#gaps.flush();
      if (idle && this.#segmenter.speechStart !== undefined) {
        this.#speech.take(this.#endOfSound());
        this.#listener.forget();
      }
    } catch (cause) {
      this.#parts.onError(cause);
    }
  }

  /** Ends the track: what was said so far is still heard, unless `discard`. */
  close({ discard = false } = {}): void {
    if (!this.#isOpen) return;
    try {
      if (!discard) {
        this.#playDue(Infinity);
        this.#gaps.flush();
        this.#speech.take(this.#endOfSound());
      }
    } catch (cause) {
      this.#parts.onError(cause);
    }
    this.#isOpen = false;
    if (discard) this.#speech.discard();
    this.#parts.decoder.free();
    this.#listener.free();
  }

  #take({ payload, sequence, timestamp, arrivedAtMs = this.#parts.now() }: MediaPacket): void {
    // What does not even say how long it is takes its place all the same, to be said as a gap.
    const duration = this.#parts.decoder.duration(payload) || this.#usualTicks;
    this.#usualTicks = duration;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, arrivedAtMs);
    const tick = this.#clock.place(timestamp, duration, arrivedAtMs);
    if (!this.#jitter.put({ payload, tick, duration, sequence, arrivedAtMs })) {
      this.counts.late++;
      return;
    }
    this.#playDue(this.#lastArrivalMs);
  }

  /** Plays the packets whose turn has come. */
  #playDue(nowMs: number): void {
    for (let packet = this.#jitter.take(nowMs); packet; packet = this.#jitter.take(nowMs)) this.#play(packet);
  }

  #play(packet: PlacedPacket): void {
    if (this.#firstTick === undefined) {
      const { delay } = this.#parts.decoder;
      this.#firstTick = packet.tick + delay;
      this.#skip = Math.round(delay * this.#samplesATick);
      this.#nextTick = packet.tick;
      this.#offsetMs = this.#parts.sessionMs(packet.arrivedAtMs);
    }
    const hole = packet.tick - this.#nextTick;
    if (hole > 0) this.#fill(hole, this.#jitter.missingBefore(packet) === 0 ? undefined : 'lost');
    this.#jitter.played(packet);
    this.#nextTick = packet.tick + packet.duration;
    let samples: Float32Array;
    try {
      samples = this.#parts.decoder.decode(packet.payload);
    } catch {
      this.counts.damaged++;
      this.#nextTick = packet.tick;
      this.#fill(packet.duration, 'damaged');
      return;
    }
    this.counts.decoded++;
    this.#gaps.flush();
    this.#hear(samples);
  }

  /** Fills a hole: with silence where the sender paused, with a guess where a little was lost. */
  #fill(ticks: number, reason: GapReason | undefined): void {
    const { decoder } = this.#parts;
    const from = this.#nextTick;
    this.#nextTick = from + ticks;
    if (reason !== undefined) this.#gaps.add(this.#msAtTick(from), this.#msAtTick(this.#nextTick), reason);
    if (reason !== undefined && ticks <= this.#concealTicks) {
      this.#hear(decoder.conceal(ticks));
      return;
    }
    this.#hear(decoder.drain());
    const missing = Math.round((this.#nextTick - this.#firstTick!) * this.#samplesATick) - this.#segmenter.position;
    if (missing > 0) this.#speech.take(this.#segmenter.pushGap(missing));
  }

  #endOfSound(): readonly SpeechSegment[] {
    this.#hear(this.#parts.decoder.drain());
    return this.#segmenter.finish();
  }

  #hear(samples: Float32Array): void {
    const skipped = Math.min(this.#skip, samples.length);
    this.#skip -= skipped;
    if (samples.length === skipped) return;
    const segments = this.#segmenter.push(skipped === 0 ? samples : samples.subarray(skipped));
    if (segments.length > 0) this.#speech.take(segments);
    this.#speech.follow();
  }

  /** Where a sample lies in the session. */
  #msAt(sample: number): number {
    return this.#offsetMs + (1_000 * sample) / this.#parts.hearer.sampleRateHz;
  }

  #msAtTick(tick: number): number {
    return this.#msAt((tick - this.#firstTick!) * this.#samplesATick);
  }
}
