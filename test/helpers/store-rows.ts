// Rows that tests of the store keep, and two people whom they are about.
import type { SessionSummary, SpeakerSummary } from '../../src/live/types.ts';
import type { StoreWrite } from '../../src/store/index.ts';

export type WriteOf<Type extends StoreWrite['type']> = Extract<StoreWrite, { type: Type }>;

export const ANNA = { platform: 'phone', space: 'line-1', speaker: 'anna#4711' };
export const BEN = { ...ANNA, speaker: 'ben#0815' };

export const aSession = (id: string, more: Partial<WriteOf<'session'>['session']> = {}): WriteOf<'session'> => ({
  type: 'session',
  session: {
    ...{ id, platform: ANNA.platform, space: ANNA.space, title: null, metadata: {}, model: 'm', startedAtMs: 1000 },
    ...more,
  },
});

export const aTrack = (id: string, sessionId: string, speaker = ANNA.speaker, name = 'Anna'): WriteOf<'track'> => ({
  type: 'track',
  track: { id, sessionId, speaker, name, role: 'participant', openedAtMs: 1500 },
});

export const aSegment = (trackId: string, sessionId: string, startMs: number): WriteOf<'segment'> => ({
  type: 'segment',
  segment: {
    ...{ trackId, sessionId, startMs, endMs: startMs + 900.25, label: 'happy', confidence: 0.75, uncertain: false },
    scores: { happy: 0.75, sad: 0.25 },
  },
});

export const aGap = (trackId: string, startMs: number): WriteOf<'gap'> => ({
  type: 'gap',
  gap: { trackId, startMs, endMs: startMs + 20, reason: 'lost' },
});

export const anAlert = (id: string, sessionId: string, more: Partial<WriteOf<'alert'>['alert']> = {}): StoreWrite => ({
  type: 'alert',
  alert: {
    ...{ id, sessionId, speaker: null, trackId: null, rule: 'heated', message: 'It is heated.' },
    ...{ startMs: 10, endMs: 20, atMs: 2000 },
    ...more,
  },
});

export const anAnnotation = (
  id: string,
  sessionId: string,
  more: Partial<WriteOf<'annotation'>['annotation']> = {},
): WriteOf<'annotation'> => ({
  type: 'annotation',
  annotation: {
    ...{ id, sessionId, speaker: null, kind: 'summary', plugin: 'phone', ref: { line: 1 }, content: { text: 'hi' } },
    ...{ idempotencyKey: `key-${id}`, nextAttemptAtMs: 3000 },
    ...more,
  },
});

export const aVoice = (speaker = ANNA.speaker, updatedAtMs = 5000): WriteOf<'voice'> => ({
  type: 'voice',
  voice: { ...ANNA, speaker, model: 'm', statistics: { frames: 12, mean: [0.5, -1e-9] }, updatedAtMs },
});

export const aSpeaker = (speaker: string, talkMs: number, label: string): SpeakerSummary => ({
  ...{ speaker, name: speaker, role: 'participant', talkMs, talkShare: talkMs / 4000, segments: 1, gapMs: 0 },
  ...{ shares: { [label]: 1 }, dominant: label, confidence: 0.5, uncertainShare: 0 },
  ...{ turningPoints: [], peaks: [], longestStreaks: [], halves: [{}, {}] },
});

export const aSummary = (sessionId: string): SessionSummary => ({
  ...{ sessionId, model: 'm', durationMs: 9000, speechMs: 4000, alerts: 3, shares: { happy: 0.75, sad: 0.25 } },
  speakers: [aSpeaker(ANNA.speaker, 3000, 'happy'), aSpeaker(BEN.speaker, 1000, 'sad')],
});

/** A session in which both spoke, with one of everything about each. */
export const conversation = (id: string): StoreWrite[] => [
  aSession(id, {
    title: `${ANNA.speaker} calls`,
    metadata: { caller: ANNA.speaker, [ANNA.speaker]: 'x', line: '1', nick: 'Anna' },
  }),
  aTrack(`${id}-a`, id),
  aTrack(`${id}-b`, id, BEN.speaker, 'Ben'),
  aSegment(`${id}-a`, id, 0),
  aSegment(`${id}-b`, id, 1000),
  aGap(`${id}-a`, 5000),
  aGap(`${id}-b`, 6000),
  anAlert(`${id}-1`, id, { speaker: ANNA.speaker, trackId: `${id}-a`, message: 'Anna is angry.' }),
  anAlert(`${id}-2`, id, { speaker: BEN.speaker, trackId: `${id}-b`, message: 'Ben is angry.' }),
  anAlert(`${id}-3`, id, { message: 'Anna talks over Ben.' }),
  anAlert(`${id}-4`, id),
  anAnnotation(`${id}-5`, id, { speaker: ANNA.speaker, content: { of: ANNA.speaker } }),
  anAnnotation(`${id}-6`, id, { speaker: BEN.speaker }),
  anAnnotation(`${id}-7`, id, { speaker: BEN.speaker, ref: { repliesTo: [ANNA.speaker] } }),
  anAnnotation(`${id}-8`, id),
  aVoice(),
  aVoice(BEN.speaker),
  { type: 'trackEnd', trackId: `${id}-a`, closedAtMs: 9500 },
  { type: 'sessionEnd', sessionId: id, endedAtMs: 10_000, summary: aSummary(id) },
];
