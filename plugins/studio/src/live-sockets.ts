import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { acceptWebSocket, type PluginHost } from 'undertone';
import { LiveConnection } from './live-connection.ts';
import { LARGEST_MESSAGE_BYTES, offeredToken, SUBPROTOCOL } from './protocol.ts';

/** https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const GOING_AWAY = 1001;
const GOODBYE_MS = 1000;

/** How many pages there may be, and when one counts as gone. */
interface SocketSettings {
  readonly mostPages: number;
  readonly heartbeatMs: number;
}

/** The WebSockets of all pages. */
export class LiveSockets {
  readonly #host: PluginHost;
  readonly #settings: SocketSettings;
  readonly #connections = new Set<LiveConnection>();

  constructor(host: PluginHost, settings: SocketSettings) {
    this.#host = host;
    this.#settings = settings;
  }

  /** Takes a connection over, or refuses it before it is one. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const held: { connection?: LiveConnection } = {};
    const peer = acceptWebSocket(request, socket, head, {
      authorise: () => this.#refusalOf(request) ?? true,
      allowedOrigins: 'any',
      subprotocol: SUBPROTOCOL,
      largestMessageBytes: LARGEST_MESSAGE_BYTES,
      pingMs: this.#settings.heartbeatMs,
      onMessage: (data, isBinary) => held.connection?.take(data, isBinary),
      onClose: () => {
        const { connection } = held;
        if (!connection) return;
        this.#connections.delete(connection);
        void connection.end();
      },
    });
    if (!peer) return;
    held.connection = new LiveConnection(peer, this.#host);
    this.#connections.add(held.connection);
  }

  /** Ends all sessions, then the sockets. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#connections, (connection) => connection.end()));
    for (const { socket } of this.#connections) {
      socket.close(GOING_AWAY, 'the host ends');
      // One that is gone without a word would keep the host until its next heartbeat.
      setTimeout(() => {
        socket.terminate();
      }, GOODBYE_MS).unref();
    }
  }

  #refusalOf(request: IncomingMessage): number | null {
    if (request.url !== '/live') return 404;
    const { 'sec-websocket-protocol': offered } = request.headers;
    const refusal = this.#host.refusalOf(request, 'moderator', offeredToken(offered));
    return refusal ?? (this.#connections.size >= this.#settings.mostPages ? 503 : null);
  }
}
