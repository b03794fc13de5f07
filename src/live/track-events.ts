import type { EmotionEvent, GapEvent, NotSpeechEvent, SpeechEndEvent, SpeechStartEvent } from './types.ts';

type SaidEvent = SpeechStartEvent | EmotionEvent | NotSpeechEvent | SpeechEndEvent | GapEvent;

/** What a track says, before its session adds who and when. */
export type TrackEvent = {
  [Event in SaidEvent as Event['type']]: Omit<Event, 'sessionId' | 'sequence' | 'arrivedAtMs' | 'trackId' | 'speaker'>;
}[SaidEvent['type']];

/** What became of a track's packets. */
export interface TrackCounts {
  received: number;
  decoded: number;
  /** Too late, or twice. */
  late: number;
  damaged: number;
  /** Windows, and segments, that were not heard because hearing lagged behind. */
  skippedWindows: number;
  skippedSegments: number;
}

/** Nothing has come yet. */
export const noCounts = (): TrackCounts => ({
  received: 0,
  decoded: 0,
  late: 0,
  damaged: 0,
  skippedWindows: 0,
  skippedSegments: 0,
});
