export {
  alertRuleSchema,
  DEFAULT_ALERT_RULES,
  parseAlertRules,
  type AlertRule,
  type AlertRuleInput,
} from './alert-rules.ts';
export type { Annotation } from './annotation.ts';
export { combineSpeakers } from './combine-speakers.ts';
export {
  ConsentLedger,
  type ConsentAct,
  type ConsentChange,
  type ConsentData,
  type ConsentRefusal,
  type ConsentVerdict,
  type PurgeReport,
} from './consent-ledger.ts';
export * from './consent-log.ts';
export * from './consent-settings.ts';
export type { EventStream } from './event-stream.ts';
export {
  LiveEngine,
  type EngineObserver,
  type EngineOptions,
  type EngineParts,
  type SessionRules,
  type VoiceMemory,
} from './live-engine.ts';
export type { LiveSession } from './live-session.ts';
export { clockHz, type L16RateHz, type MediaPacket, type TrackFormat, type WriteResult } from './packets.ts';
export { LIVE_SETTINGS, type LiveSettings } from './settings.ts';
export type { SpeakerTrack } from './speaker-track.ts';
export type { TrackCounts } from './track-events.ts';
export { TrackThreads, type ClosedTrack, type TrackThreadsOptions } from './track-threads.ts';
export * from './types.ts';
