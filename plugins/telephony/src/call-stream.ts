import { UndertoneError, type CallNews, type StreamDialect, type StreamEvent } from 'undertone';
import type { CallDesk, CallLine } from './call-desk.ts';
import type { AnnouncedCall } from './tickets.ts';

/** Why a stream is closed, as a WebSocket says it. */
export const CLOSE = { done: 1000, invalid: 4400, refused: 4403, silent: 4408 } as const;

/** What a stream is given. */
export interface CallStreamParts {
  readonly dialect: StreamDialect;
  readonly desk: CallDesk;
  readonly announced: AnnouncedCall;
  readonly close: (code: number, reason: string) => void;
  readonly onNews?: (news: CallNews) => void;
  /** Told once the call is over and all is heard, when the stream itself has said that it ends. */
  readonly onStopped?: () => void;
}

/** Who does not begin within this time is cut off. */
const START_MS = 10_000;
/** So many messages in a row that are none of the dialect end the connection; fewer cost themselves. */
const MOST_INVALID = 100;
const MOST_EARLY = 16;

/** One connection's way into a call: messages in, packets out. It knows no socket. */
export class CallStream {
  readonly #parts: CallStreamParts;
  readonly #starting: NodeJS.Timeout;
  #streamId: string | undefined;
  #line: CallLine | undefined;
  /** Keys that were pressed before the stream began: AudioSocket's begins with its first sound. */
  readonly #early: string[] = [];
  #invalid = 0;
  #isOver = false;

  constructor(parts: CallStreamParts) {
    this.#parts = parts;
    this.#starting = setTimeout(() => {
      this.#end(CLOSE.silent, 'nothing begins');
    }, START_MS).unref();
  }

  /** Takes a message; what is none costs itself. */
  take(message: Uint8Array, isBinary: boolean): void {
    if (this.#isOver) return;
    try {
      this.hear(this.#parts.dialect.read(message, isBinary));
    } catch (cause) {
      if (!(cause instanceof UndertoneError)) throw cause;
      if (cause.code === 'STREAM_MESSAGE_INVALID') this.#countInvalid();
      else this.#end(CLOSE.refused, cause.problem);
    }
  }

  /** Takes what a message was found to say. @throws UndertoneError where a stream may not be let in */
  hear(events: readonly StreamEvent[]): void {
    for (const event of events) this.#hear(event);
  }

  /** The connection is over, by whomever. Resolves once what came is heard. */
  async over(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#starting);
    await this.#line?.leave();
  }

  #hear(event: StreamEvent): void {
    if (this.#isOver) return;
    switch (event.type) {
      case 'media':
        if (!this.#line || event.streamId !== this.#streamId) {
          this.#countInvalid();
          return;
        }
        this.#invalid = 0;
        this.#line.write(event.side, event);
        return;
      case 'start':
        if (this.#line) {
          this.#countInvalid();
          return;
        }
        this.#line = this.#parts.desk.enter(event, this.#parts.announced, this.#parts.onNews);
        this.#streamId = event.streamId;
        clearTimeout(this.#starting);
        for (const digit of this.#early.splice(0)) this.#line.press(digit);
        return;
      case 'dtmf':
        if (this.#line) this.#line.press(event.digit);
        else if (this.#early.length < MOST_EARLY) this.#early.push(event.digit);
        return;
      case 'stop':
        void this.over().then(() => {
          if (this.#parts.onStopped) this.#parts.onStopped();
          else this.#parts.close(CLOSE.done, '');
        });
        return;
      case 'other':
    }
  }

  #countInvalid(): void {
    if (++this.#invalid > MOST_INVALID) this.#end(CLOSE.invalid, 'too many messages are none of the dialect');
  }

  #end(code: number, reason: string): void {
    if (this.#isOver) return;
    void this.over();
    this.#parts.close(code, reason);
  }
}
