export { Call, type CallDescription, type CallNews } from './call.ts';
export { callPicture } from './call-picture.ts';
export type { CallReport, ReportedAlert, ReportedSegment, ReportedSpeaker } from './call-report.ts';
export {
  annotationRefused,
  isWebhookSignature,
  postSigned,
  webhookSignature,
  type SignedWebhook,
} from './signed-webhook.ts';
export { MediaStreamDialect, type MediaStreamWords } from './media-stream.ts';
export { invalidMessage, NOTHING_TO_DO, type CallSide, type StreamDialect, type StreamEvent } from './stream.ts';
export {
  isFields,
  readCount,
  readDigit,
  readFields,
  readId,
  readMessage,
  readParameters,
  type MessageFields,
} from './stream-messages.ts';
