import type { EmotionPrediction } from '../predictor/index.ts';

/**
 * What a speaker is in the conversation. The law treats them differently: whoever infers the emotions of people at work or in education
 * is, by and large, prohibited to (EU AI Act, Art. 5(1)(f)), so that `employee` and `student` are refused unless the
 * configuration says otherwise.
 */
export type SpeakerRole = 'participant' | 'customer' | 'employee' | 'student';

/** Who consents, to whom: a person as a platform names them, in one of its spaces (a server, a phone line). */
export interface ConsentSubject {
  /** The plugin's name. */
  readonly platform: string;
  readonly space: string;
  readonly speaker: string;
}

/** What a platform says of a conversation when it begins. */
export interface SessionDescription {
  readonly platform: string;
  readonly space: string;
  /** For people; default none. */
  readonly title?: string;
  /** The platform's own words about it, kept beside the session; nothing in it is looked at. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What a platform says of a speaker in it. */
export interface SpeakerDescription {
  /** The platform's own id of the person. */
  readonly speaker: string;
  readonly role: SpeakerRole;
  /** For people; default the id. */
  readonly name?: string;
}

/**
 * Why a stretch of a speaker's sound is missing: packets that never came, came too late or found no room; that cannot be
 * decoded; or what the platform knows to be missing.
 */
export type GapReason = 'lost' | 'damaged' | 'platform';

/** What all events have. */
interface EventBase {
  readonly sessionId: string;
  /** Counts the session's events from 1, without holes. */
  readonly sequence: number;
  /** When the last sound that it rests on was spoken, on the session's media clock: milliseconds from its beginning. */
  readonly mediaMs: number;
  /** When it was made, in milliseconds since 1970. */
  readonly arrivedAtMs: number;
}

/** What all events of one speaker have. */
interface TrackEventBase extends EventBase {
  readonly trackId: string;
  readonly speaker: string;
}

/** Somebody begins to speak, or so it seems: whether it is speech is known when an `emotion` or `notSpeech` event follows. */
export interface SpeechStartEvent extends TrackEventBase {
  readonly type: 'speechStart';
  readonly startMs: number;
}

/** How far a voice's own normal was known when it was heard. */
export interface VoiceNormal {
  /** Its share against that of the training corpora, 0..1. */
  readonly share: number;
  /** The label without it: as of a voice that nothing is known of; only in events of whole segments, and where there is time for it. */
  readonly labelWithout?: string;
}

/** How a stretch of speech sounded: of the last seconds while somebody speaks, or of a segment that is complete. */
export interface EmotionEvent extends TrackEventBase, EmotionPrediction {
  readonly type: 'emotion';
  readonly of: 'window' | 'segment';
  readonly startMs: number;
  readonly endMs: number;
  /** The scores of a speaker's last windows, smoothed; what a display should show. */
  readonly smoothed: EmotionPrediction;
  /** null where the model knows no speakers. */
  readonly normal: VoiceNormal | null;
}

/** A stretch of sound is complete, and it is no speech, but music, noise or a tone: it has no emotion, and nothing is learnt of it. */
export interface NotSpeechEvent extends TrackEventBase {
  readonly type: 'notSpeech';
  readonly startMs: number;
  readonly endMs: number;
}

/** A segment is complete; its `emotion` (or `notSpeech`) event came before. */
export interface SpeechEndEvent extends TrackEventBase {
  readonly type: 'speechEnd';
  readonly startMs: number;
  readonly endMs: number;
}

/** Sound that never came, or could not be used. */
export interface GapEvent extends TrackEventBase {
  readonly type: 'gap';
  readonly startMs: number;
  readonly endMs: number;
  readonly reason: GapReason;
}

/** A rule of the configuration came true. */
export interface AlertEvent extends EventBase {
  readonly type: 'alert';
  readonly rule: string;
  /** null where the rule looks at the whole conversation. */
  readonly speaker: string | null;
  readonly trackId: string | null;
  /** What came true, in one sentence for a moderator. */
  readonly message: string;
  /** From where on it had been so. */
  readonly startMs: number;
  readonly endMs: number;
}

/** What is said of a session when it ends, or when somebody asks. */
export interface SummaryEvent extends EventBase {
  readonly type: 'summary';
  readonly isFinal: boolean;
  readonly summary: SessionSummary;
}

/** All that a session says. */
export type LiveEvent =
  SpeechStartEvent | EmotionEvent | NotSpeechEvent | SpeechEndEvent | GapEvent | AlertEvent | SummaryEvent;

/** A speech segment and how it sounded, as it is kept. */
export interface HeardSegment extends EmotionPrediction {
  readonly startMs: number;
  readonly endMs: number;
}

/** A moment at which a speaker's mood turned. */
export interface TurningPoint {
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
}

/** The strongest moment of an emotion. */
export interface EmotionPeak {
  readonly label: string;
  readonly atMs: number;
  /** 0..1. */
  readonly score: number;
}

/** The longest stretch of speech under one label, pauses inside it not counted. */
export interface EmotionStreak {
  readonly label: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly speechMs: number;
}

/** How often each emotion was heard in a stretch of time: share of the speech, 0..1; they sum to 1 where anybody spoke. */
export type EmotionShares = Readonly<Record<string, number>>;

/** What was heard of one speaker. */
export interface SpeakerSummary {
  readonly speaker: string;
  readonly name: string;
  readonly role: SpeakerRole;
  readonly talkMs: number;
  /** Of all that was spoken in the session, 0..1. */
  readonly talkShare: number;
  readonly segments: number;
  /** Mean of the segments' scores, weighted by their duration. */
  readonly shares: EmotionShares;
  /** The largest of `shares`; null where nobody spoke. */
  readonly dominant: string | null;
  /** Mean confidence of the segments, weighted by their duration, 0..1. */
  readonly confidence: number;
  /** Share of the speech whose label is `uncertain`, 0..1. */
  readonly uncertainShare: number;
  readonly turningPoints: readonly TurningPoint[];
  /** One a label, the strongest first. */
  readonly peaks: readonly EmotionPeak[];
  readonly longestStreaks: readonly EmotionStreak[];
  /** The session's first half against its second. */
  readonly halves: readonly [EmotionShares, EmotionShares];
  /** Time of this speaker's sound that never came, in milliseconds. */
  readonly gapMs: number;
}

/** What was heard in a session. */
export interface SessionSummary {
  readonly sessionId: string;
  readonly model: string;
  readonly durationMs: number;
  readonly speechMs: number;
  readonly speakers: readonly SpeakerSummary[];
  /** Over all speakers, weighted by the duration of their speech. */
  readonly shares: EmotionShares;
  readonly alerts: number;
}
