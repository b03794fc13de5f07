import {
  FrameStatistics,
  type FrameStatisticsData,
  type SpeechAnswer,
  type SpeechListener,
  type SpeechSegment,
  type SpeechSegmenter,
} from '../predictor/index.ts';
import { GapJoiner } from './gap-joiner.ts';
import { JitterBuffer, type PlacedPacket } from './jitter-buffer.ts';
import { MediaClock } from './media-clock.ts';
import { clockHz, type MediaPacket, type TrackFormat } from './packets.ts';
import type { PredictionQueue } from './prediction-queue.ts';
import type { LiveSettings } from './settings.ts';
import { ScoreSmoother } from './smoothing.ts';
import type { HeardSpeech, SpeechHearer } from './speech-hearer.ts';
import type { TrackDecoder } from './track-decoder.ts';
import { noCounts, type TrackEvent } from './track-events.ts';
import type { GapReason } from './types.ts';

/** What a track works with. */
export interface TrackParts {
  readonly format: TrackFormat;
  readonly decoder: TrackDecoder;
  readonly hearer: SpeechHearer;
  readonly queue: PredictionQueue;
  readonly settings: LiveSettings;
  readonly abstainBelow: number;
  /** Where in every stretch of `settings.everyMs` this track's windows end, 0..1. */
  readonly turn: number;
  /** When the track's first packet came, on the session's media clock, is asked once. */
  readonly sessionMs: (arrivedAtMs: number) => number;
  readonly now: () => number;
  readonly emit: (event: TrackEvent) => void;
  /** Told of what failed in the engine itself; no packet's content. */
  readonly onError: (cause: unknown) => void;
  /** What was known of the voice before. */
  readonly voice?: FrameStatisticsData | undefined;
}

/** A packet whose length cannot be told, where none came before it. */
const USUAL_PACKET_MS = 20;
/** Windows of a track that may wait to be heard; more than that, and one is left out. */
const MOST_WAITING_WINDOWS = 1;

/** One speaker's sound on its way: packets in, events out. It lives in a thread beside the model that hears it. */
export class TrackPipeline {
  readonly counts = noCounts();
  readonly #parts: TrackParts;
  readonly #clock: MediaClock;
  readonly #jitter: JitterBuffer;
  readonly #listener: SpeechListener;
  readonly #segmenter: SpeechSegmenter;
  readonly #smoother: ScoreSmoother;
  readonly #samplesATick: number;
  readonly #concealTicks: number;
  readonly #gaps: GapJoiner;
  /** The statistics of the voice so far; undefined until the first segment was heard. */
  #voice: FrameStatistics | undefined;
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
  /** From one window to the next, and how long they are, in samples. */
  readonly #every: number;
  readonly #windowLength: number;
  /** The speech under way that was said to have begun, in samples. */
  #announced: number | undefined;
  /** Where the segment began of which a window was found to be speech: its next windows are taken for speech as well. */
  #spokenSince: number | undefined;
  /** The turn that was taken, or left out, last. */
  #turn = -1;
  #pendingWindows = 0;
  #isOpen = true;
  /** What still waits to be heard is not asked for any more. */
  #isDiscarded = false;

  constructor(parts: TrackParts) {
    const { format, settings, hearer } = parts;
    const ticksASecond = clockHz(format);
    this.#parts = parts;
    this.#clock = new MediaClock(ticksASecond);
    this.#jitter = new JitterBuffer(settings.jitterMs, ticksASecond);
    this.#listener = hearer.listen();
    this.#segmenter = this.#listener.segmenter;
    this.#smoother = new ScoreSmoother(parts.abstainBelow);
    this.#samplesATick = hearer.sampleRateHz / ticksASecond;
    this.#usualTicks = (USUAL_PACKET_MS * ticksASecond) / 1_000;
    this.#gaps = new GapJoiner((startMs, endMs, reason) => {
      parts.emit({ type: 'gap', mediaMs: endMs, startMs, endMs, reason });
    });
    this.#every = (settings.everyMs * hearer.sampleRateHz) / 1_000;
    this.#windowLength = (settings.windowMs * hearer.sampleRateHz) / 1_000;
    this.#concealTicks = (settings.concealMs * ticksASecond) / 1_000;
    if (parts.voice) this.#voice = FrameStatistics.fromJSON(parts.voice);
  }

  /** What is known of the voice, to be kept under the speaker's consent; undefined before anything is. */
  get voice(): FrameStatisticsData | undefined {
    return this.#voice?.toJSON();
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
        this.#heardSegments(this.#endOfSound());
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
        this.#heardSegments(this.#endOfSound());
      }
    } catch (cause) {
      this.#parts.onError(cause);
    }
    this.#isOpen = false;
    if (discard) {
      this.#isDiscarded = true;
      this.#voice = undefined;
    }
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
    if (missing > 0) this.#heardSegments(this.#segmenter.pushGap(missing));
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
    if (segments.length > 0) this.#heardSegments(segments);
    const start = this.#segmenter.speechStart;
    if (start !== undefined) this.#followSpeech(start);
  }

  /** Says that somebody speaks, and has the last seconds heard where it is time. */
  #followSpeech(start: number): void {
    this.#announce(start);
    const end = this.#segmenter.speechEnd!;
    const turn = this.#turnAt(end);
    if (turn <= this.#turn) return;
    this.#turn = turn;
    if (this.#pendingWindows >= MOST_WAITING_WINDOWS || this.#parts.queue.isBehind) {
      this.counts.skippedWindows++;
      return;
    }
    const from = Math.max(start, end - this.#windowLength);
    // Once a window was speech, the others of its segment are taken for speech as well.
    const isSpeech = this.#spokenSince === start || this.#isSpeech(from, end);
    if (isSpeech === false) return;
    this.#pendingWindows++;
    this.#ask('window', isSpeech, from, end, start);
  }

  /** Whether it is speech: at once, or when the question is asked. */
  #isSpeech(start: number, end: number): SpeechAnswer {
    return !this.#parts.settings.voiceCheck || this.#listener.isSpeech(start, end);
  }

  /** Tracks take turns, so that those who begin at one moment are not heard at one moment every time. */
  #turnAt(sample: number): number {
    return Math.floor(sample / this.#every - this.#parts.turn);
  }

  #announce(start: number): void {
    if (this.#announced === start) return;
    this.#announced = start;
    // The first window holds half a stretch of speech at least.
    this.#turn = Math.max(this.#turn, this.#turnAt(start + this.#every / 2));
    this.#parts.emit({
      type: 'speechStart',
      startMs: this.#msAt(start),
      mediaMs: this.#msAt(this.#segmenter.position),
    });
  }

  #heardSegments(segments: readonly SpeechSegment[]): void {
    for (const { start, end } of segments) {
      this.#announce(start);
      this.#ask('segment', this.#isSpeech(start, end), start, end);
    }
  }

  /** @param segmentStart where the segment began in which it lies */
  #ask(of: 'window' | 'segment', isSpeech: SpeechAnswer, start: number, end: number, segmentStart = start): void {
    const isSegment = of === 'segment';
    const inDoubt = typeof isSpeech === 'function';
    // It still waits for its turn, so that the events of a voice stay in order.
    const isSkipped = isSegment && this.#parts.queue.isFull;
    if (isSkipped) this.counts.skippedSegments++;
    const heard = isSpeech === false || isSkipped ? null : this.#listener.hear(start, end);
    this.#parts.queue.add({
      voice: this,
      teaches: isSegment,
      clip: () => ({ heard, voice: this.#voice ?? null, isSegment, ...(inDoubt && { isSpeech }) }),
      done: (answer) => {
        if (!isSegment) this.#pendingWindows--;
        if (answer && !isSegment) this.#spokenSince = segmentStart;
        if (answer) this.#answer(of, answer, start, end);
        else if (isSkipped) this.#endSpeech(start, end);
        else if (isSegment) this.#answerNotSpeech(start, end);
      },
      failed: (cause) => {
        if (!isSegment) this.#pendingWindows--;
        this.#parts.onError(cause);
        if (isSegment) this.#endSpeech(start, end);
      },
    });
  }

  #answer(of: 'window' | 'segment', heard: HeardSpeech, start: number, end: number): void {
    if (this.#isDiscarded) return;
    if (heard.voice) {
      this.#voice = this.#voice?.merge(heard.voice) ?? heard.voice;
    }
    const { prediction, normalShare, labelWithout } = heard;
    const startMs = this.#msAt(start);
    const endMs = this.#msAt(end);
    this.#parts.emit({
      type: 'emotion',
      of,
      mediaMs: endMs,
      startMs,
      endMs,
      ...prediction,
      smoothed: this.#smoother.add(prediction, startMs, endMs),
      normal: normalShare === null ? null : { share: normalShare, ...(labelWithout === null ? {} : { labelWithout }) },
    });
    if (of === 'segment') this.#endSpeech(start, end);
  }

  #answerNotSpeech(start: number, end: number): void {
    if (this.#isDiscarded) return;
    const endMs = this.#msAt(end);
    this.#parts.emit({ type: 'notSpeech', mediaMs: endMs, startMs: this.#msAt(start), endMs });
    this.#endSpeech(start, end);
  }

  #endSpeech(start: number, end: number): void {
    if (this.#isDiscarded) return;
    const endMs = this.#msAt(end);
    this.#parts.emit({ type: 'speechEnd', mediaMs: endMs, startMs: this.#msAt(start), endMs });
  }

  /** Where a sample lies in the session. */
  #msAt(sample: number): number {
    return this.#offsetMs + (1_000 * sample) / this.#parts.hearer.sampleRateHz;
  }

  #msAtTick(tick: number): number {
    return this.#msAt((tick - this.#firstTick!) * this.#samplesATick);
  }
}
