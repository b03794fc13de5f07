import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { WebSocket, type ClientOptions } from 'ws';

/** A request as a carrier makes it. */
export interface WireRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface WireAnswer {
  readonly status: number;
  readonly body: string;
}

/** Makes a request, as it is: nothing is added that a signature would not cover. */
export async function ask(url: string, { method = 'POST', headers = {}, body = '' }: WireRequest): Promise<WireAnswer> {
  const make = url.startsWith('https:') ? httpsRequest : httpRequest;
  const length = method === 'GET' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  // A connection of its own: one that is kept may just be closed by the server when it is used again.
  const asked = make(url, { method, headers: { ...headers, ...length }, agent: false });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await text(response) };
}

/** The carrier's end of a WebSocket. */
export class Wire {
  readonly #socket: WebSocket;
  readonly #received: string[] = [];
  readonly #closed: Promise<number>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#received.push(data.toString()));
    this.#closed = new Promise((resolve) => socket.once('close', resolve));
    // `close` follows.
    socket.on('error', () => undefined);
  }

  /** @throws Error where the server refuses */
  static async open(url: string, options: ClientOptions = {}, protocol?: string): Promise<Wire> {
    const socket = new WebSocket(url, protocol === undefined ? [] : [protocol], options);
    const wire = new Wire(socket);
    await once(socket, 'open');
    return wire;
  }

  /** What the server sent so far. */
  get received(): readonly string[] {
    return this.#received;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  send(message: string | Uint8Array): void {
    if (this.isOpen) this.#socket.send(message);
  }

  /** Waits for a message; undefined where the connection ends without it. */
  async receives(isIt: (text: string) => boolean): Promise<string | undefined> {
    for (;;) {
      const found = this.#received.find(isIt);
      if (found !== undefined || !this.isOpen) return found;
      await Promise.race([once(this.#socket, 'message'), this.#closed]);
    }
  }

  /** Resolves once the server has taken all that was sent. */
  async taken(): Promise<void> {
    if (!this.isOpen) return;
    this.#socket.ping();
    await Promise.race([once(this.#socket, 'pong'), this.#closed]);
  }

  /** Resolves once the connection is over; its code. */
  closed(): Promise<number> {
    return this.#closed;
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.#closed;
  }
}
