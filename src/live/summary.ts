import { LongestStreaks, strongest, TurningPoints } from './moods.ts';
import { addSums, isSpeech, sharesOf, Timeline, type SpeechSums } from './timeline.ts';
import type { EmotionPeak, HeardSegment, SessionSummary, SpeakerDescription, SpeakerSummary } from './types.ts';

/** What a session's summary is about. */
export interface SessionFacts {
  readonly sessionId: string;
  /** The model's id. */
  readonly model: string;
  readonly labels: readonly string[];
}

/** Buckets a speaker: of 10 s in the first two hours, of 80 s after twelve; so exact is where the halves meet. */
const MOST_BUCKETS = 720;
const BUCKET_MS = 10_000;
/** Segments that are looked at together for peaks. */
const WINDOW = 3;

/**
 * Sums up a session while it goes on. Segments of one speaker come in order of time; how those of several speakers
 * interleave changes nothing. O(1) a segment, amortised; at most 720 sums and 100 turning points a speaker, however
 * long the session.
 */
export class SessionSummariser {
  readonly #facts: SessionFacts;
  readonly #speakers = new Map<string, SpeakerStory>();
  #alerts = 0;
  #lastMs = 0;

  constructor(facts: SessionFacts) {
    this.#facts = facts;
  }

  /** Somebody joins; again, to change their name or role. */
  addSpeaker(description: SpeakerDescription): void {
    this.#story(description.speaker).description = description;
  }

  /** Forgets a speaker, and all that was heard of them. */
  removeSpeaker(speaker: string): void {
    this.#speakers.delete(speaker);
  }

  /** A segment without a length says nothing. A speaker who never joined is a participant. */
  addSegment(speaker: string, segment: HeardSegment): void {
    if (!isSpeech(segment)) return;
    this.#lastMs = Math.max(this.#lastMs, segment.endMs);
    this.#story(speaker).add(segment);
  }

  addGap(speaker: string, startMs: number, endMs: number): void {
    this.#story(speaker).addGap(startMs, endMs);
  }

  addAlert(): void {
    this.#alerts++;
  }

  /** @param durationMs how long the session has lasted; never less than until the last segment's end */
  summary(durationMs: number): SessionSummary {
    const { sessionId, model, labels } = this.#facts;
    const lastedMs = Math.max(durationMs, this.#lastMs);
    const stories = [...this.#speakers.values()].sort(
      (a, b) => b.talkMs - a.talkMs || (a.description.speaker < b.description.speaker ? -1 : 1),
    );
    const [sums, ...others] = stories.map((story) => story.sums());
    for (const other of others) addSums(sums!, other);
    const speechMs = stories.reduce((total, { talkMs }) => total + talkMs, 0);
    const speakers = stories.map((story) => story.summary(speechMs, lastedMs / 2));
    const shares = sharesOf(sums ?? new Float64Array(labels.length), labels);
    return { sessionId, model, durationMs: lastedMs, speechMs, speakers, shares, alerts: this.#alerts };
  }

  #story(speaker: string): SpeakerStory {
    let story = this.#speakers.get(speaker);
    if (!story) {
      story = new SpeakerStory({ speaker, role: 'participant' }, this.#facts.labels);
      this.#speakers.set(speaker, story);
    }
    return story;
  }
}

/** One speaker's part of a session. */
class SpeakerStory {
  description: SpeakerDescription;
  talkMs = 0;
  readonly #labels: readonly string[];
  readonly #timeline: Timeline;
  readonly #peaks = new Map<string, EmotionPeak>();
  readonly #streaks = new LongestStreaks();
  readonly #turns: TurningPoints;
  #segments = 0;
  #confidence = 0;
  #uncertainMs = 0;
  #gapMs = 0;
  #gapEndMs = 0;
  #last: HeardSegment[] = [];

  constructor(description: SpeakerDescription, labels: readonly string[]) {
    this.description = description;
    this.#labels = labels;
    this.#timeline = new Timeline(labels, MOST_BUCKETS, BUCKET_MS);
    this.#turns = new TurningPoints(labels);
  }

  add(segment: HeardSegment): void {
    const ms = segment.endMs - segment.startMs;
    this.talkMs += ms;
    this.#segments++;
    this.#confidence += ms * segment.confidence;
    this.#timeline.add(segment);
    this.#last = [...this.#last, segment].slice(-WINDOW);
    if (this.#last.length === WINDOW) this.#raisePeaks(this.#peaks);
    if (segment.uncertain) {
      this.#uncertainMs += ms;
    } else {
      this.#streaks.add(segment);
      this.#turns.add(segment);
    }
  }

  /** Gaps come in order of their beginnings; where two overlap, the time counts once. */
  addGap(startMs: number, endMs: number): void {
    this.#gapMs += Math.max(0, endMs - Math.max(startMs, this.#gapEndMs));
    this.#gapEndMs = Math.max(this.#gapEndMs, endMs);
  }

  sums(): SpeechSums {
    return this.#timeline.split(Infinity)[0];
  }

  summary(speechMs: number, halfMs: number): SpeakerSummary {
    const { speaker, role, name = speaker } = this.description;
    const { talkMs } = this;
    const ofTalk = (amount: number): number => (talkMs > 0 ? amount / talkMs : 0);
    const shares = sharesOf(this.sums(), this.#labels);
    const [first, second] = this.#timeline.split(halfMs);
    const peaks = new Map(this.#peaks);
    if (this.#segments < WINDOW) this.#raisePeaks(peaks);
    return {
      speaker,
      name,
      role,
      talkMs,
      talkShare: speechMs > 0 ? talkMs / speechMs : 0,
      segments: this.#segments,
      shares,
      dominant: talkMs > 0 ? strongest(shares, this.#labels) : null,
      confidence: ofTalk(this.#confidence),
      uncertainShare: ofTalk(this.#uncertainMs),
      turningPoints: [...this.#turns.found],
      peaks: [...peaks.values()].sort((a, b) => b.score - a.score),
      longestStreaks: this.#streaks.longest(),
      halves: [sharesOf(first, this.#labels), sharesOf(second, this.#labels)],
      gapMs: this.#gapMs,
    };
  }

  /**
   * A moment is as strong as the median of three segments in a row (the lesser of two where there are but two): one
   * outlier is no peak. Its time is the middle of the segment with the median.
   */
  #raisePeaks(peaks: Map<string, EmotionPeak>): void {
    for (const label of this.#labels) {
      const byScore = this.#last
        .map(({ startMs, endMs, scores }) => ({ label, atMs: (startMs + endMs) / 2, score: scores[label] ?? 0 }))
        .sort((a, b) => a.score - b.score);
      const median = byScore[(byScore.length - 1) >> 1];
      if (median && median.score > (peaks.get(label)?.score ?? -1)) peaks.set(label, median);
    }
  }
}
