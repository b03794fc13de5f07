import {
  FrameStatistics,
  type FrameStatisticsData,
  type SpeechAnswer,
  type SpeechListener,
  type SpeechSegment,
  type SpeechSegmenter,
} from '../predictor/index.ts';
import { ScoreSmoother } from './smoothing.ts';
import type { PredictionQueue } from './prediction-queue.ts';
import type { LiveSettings } from './settings.ts';
import type { HeardSpeech, SpeechHearer } from './speech-hearer.ts';
import type { TrackCounts, TrackEvent } from './track-events.ts';

/** Windows of a track that may wait to be heard; more than that, and one is left out. */
const MOST_WAITING_WINDOWS = 1;

/** What a track hears its speaker with. */
export interface TrackSpeechParts {
  readonly hearer: SpeechHearer;
  readonly queue: PredictionQueue;
  readonly settings: LiveSettings;
  readonly abstainBelow: number;
  /** Where in every stretch of `settings.everyMs` this track's windows end, 0..1. */
  readonly turn: number;
  readonly emit: (event: TrackEvent) => void;
  /** Told of what failed in the engine itself; no packet's content. */
  readonly onError: (cause: unknown) => void;
  /** What was known of the voice before. */
  readonly voice?: FrameStatisticsData | undefined;
}

/** What a track hears of its speaker: it says who begins and ends to speak when, and has that heard, meanwhile and in whole. */
export class TrackSpeech {
  readonly #parts: TrackSpeechParts;
  readonly #listener: SpeechListener;
  readonly #segmenter: SpeechSegmenter;
  readonly #counts: TrackCounts;
  /** Where a sample lies in the session. */
  readonly #msAt: (sample: number) => number;
  readonly #smoother: ScoreSmoother;
  /** The statistics of the voice so far; undefined until the first segment was heard. */
  #voice: FrameStatistics | undefined;
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
  /** What still waits to be heard is not asked for any more. */
  #isDiscarded = false;

  constructor(
    parts: TrackSpeechParts,
    listener: SpeechListener,
    counts: TrackCounts,
    msAt: (sample: number) => number,
  ) {
    const { hearer, settings, abstainBelow, voice } = parts;
    this.#parts = parts;
    this.#listener = listener;
    this.#segmenter = listener.segmenter;
    this.#counts = counts;
    this.#msAt = msAt;
    this.#smoother = new ScoreSmoother(abstainBelow);
    this.#every = (settings.everyMs * hearer.sampleRateHz) / 1_000;
    this.#windowLength = (settings.windowMs * hearer.sampleRateHz) / 1_000;
    if (voice) this.#voice = FrameStatistics.fromJSON(voice);
  }

  /** What is known of the voice; undefined before anything is. */
  get voice(): FrameStatisticsData | undefined {
    return this.#voice?.toJSON();
  }

  /** What still waits to be heard is not asked for any more, and nothing is known of the voice. */
  discard(): void {
    this.#isDiscarded = true;
    this.#voice = undefined;
  }

  /** Says that somebody speaks, and has the last seconds heard where it is time. */
  follow(): void {
    const start = this.#segmenter.speechStart;
    if (start === undefined) return;
    this.#announce(start);
    const end = this.#segmenter.speechEnd!;
    const turn = this.#turnAt(end);
    if (turn <= this.#turn) return;
    this.#turn = turn;
    if (this.#pendingWindows >= MOST_WAITING_WINDOWS || this.#parts.queue.isBehind) {
      this.#counts.skippedWindows++;
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

  /** Has segments heard that are complete. */
  take(segments: readonly SpeechSegment[]): void {
    for (const { start, end } of segments) {
      this.#announce(start);
      this.#ask('segment', this.#isSpeech(start, end), start, end);
    }
  }

  /** @param segmentStart where the segment began in which it lies */
  #ask(of: 'window' | 'segment', isSpeech: SpeechAnswer, start: number, end: number, segmentStart = start): void {
    const isSegment = of === 'segment';
    // It still waits for its turn, so that the events of a voice stay in order.
    const isSkipped = isSegment && isSpeech !== false && this.#parts.queue.isFull;
    if (isSkipped) this.#counts.skippedSegments++;
    const heard = isSpeech === false || isSkipped ? null : this.#listener.hear(start, end);
    const doubt = heard && typeof isSpeech === 'function' ? { isSpeech } : {};
    this.#parts.queue.add({
      voice: this,
      teaches: isSegment,
      clip: () => ({ heard, voice: this.#voice ?? null, isSegment, ...doubt }),
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
}
