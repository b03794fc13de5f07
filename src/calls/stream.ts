import { UndertoneError } from '../errors.ts';
import type { TrackFormat } from '../live/index.ts';

/** Whose sound it is, seen from the platform: what comes in from the person at the phone, what goes out to them. */
export type CallSide = 'inbound' | 'outbound';

/** What a media stream says, whatever the platform's dialect. */
export type StreamEvent =
  | {
      readonly type: 'start';
      readonly streamId: string;
      readonly callId: string;
      /** The customer's account with the platform, where the dialect says it. */
      readonly accountId?: string;
      /** What the stream will carry. */
      readonly sides: readonly CallSide[];
      readonly format: TrackFormat;
      /** What whoever asked for the stream had the platform send along. */
      readonly parameters: Readonly<Record<string, string>>;
    }
  | {
      readonly type: 'media';
      readonly streamId: string;
      readonly side: CallSide;
      readonly payload: Uint8Array;
      /** As in `MediaPacket`. */
      readonly sequence?: number;
      readonly timestamp?: number;
    }
  /** Somebody pressed a key: 0..9, `*`, `#`, A..D. */
  | { readonly type: 'dtmf'; readonly digit: string }
  | { readonly type: 'stop'; readonly callId?: string }
  /** Part of the dialect, and nothing to do. */
  | { readonly type: 'other' };

/** What a dialect makes of a message that asks for nothing. */
export const NOTHING_TO_DO: readonly StreamEvent[] = [{ type: 'other' }];

/**
 * A platform's dialect: messages of its sockets to events. It knows no socket; one that must remember something between
 * messages is made anew for each.
 */
export interface StreamDialect {
  /**
   * What a message says, in order.
   * @param isBinary whether it came as bytes and not as text, where the transport tells them apart
   * @throws UndertoneError STREAM_MESSAGE_INVALID: the message is none of the dialect
   */
  read(message: Uint8Array, isBinary: boolean): readonly StreamEvent[];
}

/** What {@link StreamDialect.read} throws. `problem` follows "A stream's message", and says nothing of its content. */
export function invalidMessage(problem: string): UndertoneError {
  return new UndertoneError('STREAM_MESSAGE_INVALID', {
    subject: "A stream's message",
    problem,
    remedy: 'See whether the platform speaks the dialect that is expected of it.',
  });
}
