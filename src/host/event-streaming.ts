import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LiveEvent } from '../live/index.ts';
import type { EventFeed } from './event-feed.ts';
import { HttpError } from './http-error.ts';

/** A reader with as many bytes unread is cut off: it can come back, and say what it saw last. */
const MOST_UNREAD = 256 * 1024;

/** Somebody who reads a stream. */
interface Reader {
  readonly response: ServerResponse;
  /** Of the one session to hear; undefined: all. */
  readonly sessionId: string | undefined;
}

/** Sends live events as Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export class EventStreaming {
  readonly #feed: EventFeed;
  readonly #heartbeatMs: number;
  readonly #most: number;
  readonly #open = new Set<Reader>();
  #cutOff = 0;

  constructor(feed: EventFeed, { heartbeatMs, mostStreams }: { heartbeatMs: number; mostStreams: number }) {
    this.#feed = feed;
    this.#heartbeatMs = heartbeatMs;
    this.#most = mostStreams;
    feed.subscribe((event) => {
      // Made once, however many read it: what waits for the slow ones is the same memory.
      const bytes = this.#open.size > 0 ? bytesOf(event) : undefined;
      for (const reader of this.#open) this.#send(reader, event, bytes);
    });
  }

  get count(): number {
    return this.#open.size;
  }

  /** Readers that were too slow, so far. */
  get cutOff(): number {
    return this.#cutOff;
  }

  /**
   * Streams events until the reader goes.
   * @param sessionId of the one session to hear; undefined: all
   * @throws HttpError 503 where too many streams are open
   */
  stream(request: IncomingMessage, response: ServerResponse, sessionId?: string): void {
    if (this.#open.size >= this.#most) {
      throw new HttpError(503, 'TOO_MANY_STREAMS', 'Too many streams are open.', { 'retry-after': '10' });
    }
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const reader: Reader = { response, sessionId };
    this.#write(response, `retry: 2000\n\n`);
    const [, lastSession, lastSequence] = /^([\w-]{1,64})\/(\d{1,12})$/.exec(lastEventId(request)) ?? [];
    if (lastSession !== undefined) {
      for (const event of this.#feed.since(lastSession, Number(lastSequence))) this.#send(reader, event);
    }
    this.#open.add(reader);
    const heartbeat = setInterval(() => {
      this.#write(response, ': still here\n\n');
    }, this.#heartbeatMs);
    response.on('close', () => {
      clearInterval(heartbeat);
      this.#open.delete(reader);
    });
  }

  /** Ends all streams. */
  close(): void {
    for (const { response } of this.#open) response.end();
  }

  #send({ response, sessionId }: Reader, event: LiveEvent, bytes = bytesOf(event)): void {
    if (sessionId !== undefined && event.sessionId !== sessionId) return;
    this.#write(response, bytes);
    if (sessionId !== undefined && event.type === 'summary' && event.isFinal) response.end();
  }

  #write(response: ServerResponse, chunk: string | Buffer): void {
    if (response.writableEnded || response.destroyed) return;
    response.write(chunk);
    if (response.writableLength <= MOST_UNREAD) return;
    this.#cutOff++;
    response.destroy();
  }
}

function bytesOf(event: LiveEvent): Buffer {
  const { sessionId, sequence, type } = event;
  return Buffer.from(`id: ${sessionId}/${sequence}\nevent: ${type}\ndata: ${JSON.stringify(event)}\n\n`);
}

function lastEventId({ headers }: IncomingMessage): string {
  const id = headers['last-event-id'];
  return typeof id === 'string' ? id : '';
}
