// What the API says, as schemas: the OpenAPI document is made of them, and tests hold the answers against them.
import { z } from 'zod';

const atMs = z.number().describe('milliseconds since 1970');
const mediaMs = z.number().describe('milliseconds from the beginning of the session');
const share = z.number().describe('0..1');
const shares = z.record(z.string(), share);
const role = z.enum(['participant', 'customer', 'employee', 'student']);

export const errorAnswer = z.strictObject({ error: z.strictObject({ code: z.string(), message: z.string() }) });

const speakerSummary = z.strictObject({
  speaker: z.string(),
  name: z.string(),
  role,
  talkMs: mediaMs,
  talkShare: share,
  segments: z.int(),
  shares,
  dominant: z.string().nullable(),
  confidence: share,
  uncertainShare: share,
  turningPoints: z.array(z.strictObject({ atMs: mediaMs, from: z.string(), to: z.string() })),
  peaks: z.array(z.strictObject({ label: z.string(), atMs: mediaMs, score: share })),
  longestStreaks: z.array(z.strictObject({ label: z.string(), startMs: mediaMs, endMs: mediaMs, speechMs: mediaMs })),
  halves: z.array(shares).length(2),
  gapMs: mediaMs,
});

export const summaryAnswer = z.strictObject({
  sessionId: z.string(),
  model: z.string(),
  durationMs: mediaMs,
  speechMs: mediaMs,
  speakers: z.array(speakerSummary),
  shares,
  alerts: z.int(),
});

const session = z.strictObject({
  id: z.string(),
  platform: z.string(),
  space: z.string(),
  title: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  model: z.string(),
  startedAtMs: atMs,
  endedAtMs: atMs.nullable(),
  state: z.enum(['open', 'ended', 'interrupted']),
  summary: summaryAnswer.nullable(),
});

const track = z.strictObject({
  id: z.string(),
  sessionId: z.string(),
  speaker: z.string(),
  name: z.string(),
  role,
  openedAtMs: atMs,
  closedAtMs: atMs.nullable(),
});

const segment = z.strictObject({
  trackId: z.string(),
  sessionId: z.string(),
  startMs: mediaMs,
  endMs: mediaMs,
  label: z.string(),
  confidence: share,
  uncertain: z.boolean(),
  scores: shares,
});

const gap = z.strictObject({
  trackId: z.string(),
  startMs: mediaMs,
  endMs: mediaMs,
  reason: z.enum(['lost', 'damaged', 'platform']),
});

const alert = z.strictObject({
  id: z.string(),
  sessionId: z.string(),
  speaker: z.string().nullable(),
  trackId: z.string().nullable(),
  rule: z.string(),
  message: z.string(),
  startMs: mediaMs,
  endMs: mediaMs,
  atMs,
  acknowledgedAtMs: atMs.nullable(),
});

export const sessionsAnswer = z.strictObject({ sessions: z.array(session), cursor: z.string().nullable() });

export const sessionAnswer = z.strictObject({
  session,
  tracks: z.array(track),
  segments: z.array(segment),
  gaps: z.array(gap),
  alerts: z.array(alert),
});

export const segmentsAnswer = z.strictObject({ segments: z.array(segment.extend({ atMs })) });

export const consentAnswer = z.strictObject({
  entries: z.array(
    z.strictObject({
      sequence: z.int(),
      atMs,
      platform: z.string(),
      space: z.string(),
      speaker: z.string().nullable(),
      action: z.enum(['grant', 'withdraw', 'purge', 'purged', 'notice', 'refuse']),
      by: z.string(),
      detail: z.string().optional(),
      expiresAtMs: atMs.optional(),
    }),
  ),
});

export const purgeAnswer = z.strictObject({
  purged: z.array(z.string()),
  failed: z.array(z.string()).describe('where data may be left: purge again'),
});

export const healthAnswer = z.strictObject({ status: z.literal('ok') });

export const readyAnswer = z.strictObject({
  status: z.enum(['ready', 'not-ready']),
  store: z.boolean(),
  draining: z.boolean(),
});

export const pluginsAnswer = z.strictObject({
  plugins: z.array(
    z.strictObject({
      name: z.string(),
      health: z.enum(['stopped', 'healthy', 'unhealthy']),
      capabilities: z.strictObject({
        live: z.boolean(),
        batch: z.boolean(),
        perSpeaker: z.boolean(),
        edit: z.boolean(),
        privateReply: z.boolean(),
      }),
    }),
  ),
});
