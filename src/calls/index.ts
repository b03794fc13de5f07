export { Call, type CallDescription, type CallNews } from './call.ts';
export type { CallReport, ReportedAlert, ReportedSegment, ReportedSpeaker } from './call-report.ts';
export {
  annotationRefused,
  isWebhookSignature,
  postSigned,
  webhookSignature,
  type SignedWebhook,
} from './signed-webhook.ts';
export { invalidMessage, type CallSide, type StreamDialect, type StreamEvent } from './stream.ts';
