import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { PluginHost } from 'undertone';
import { WebSocketServer, type WebSocket } from 'ws';
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
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: LARGEST_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
  });

  constructor(host: PluginHost, settings: SocketSettings) {
    this.#host = host;
    this.#settings = settings;
  }

  /** Takes a connection over, or refuses it before it is one. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const status = this.#refusalOf(request);
    if (status !== null) {
      socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]!}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#connect(webSocket);
    });
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
    this.#server.close();
  }

  #refusalOf(request: IncomingMessage): number | null {
    if (request.url !== '/live') return 404;
    const { 'sec-websocket-protocol': offered } = request.headers;
    const refusal = this.#host.refusalOf(request, 'moderator', offeredToken(offered));
    return refusal ?? (this.#connections.size >= this.#settings.mostPages ? 503 : null);
  }

  #connect(socket: WebSocket): void {
    const connection = new LiveConnection(socket, this.#host);
    this.#connections.add(connection);
    let isAlive = true;
    for (const sign of ['pong', 'message']) socket.on(sign, () => (isAlive = true));
    const pinging = setInterval(() => {
      if (!isAlive) socket.terminate();
      isAlive = false;
      socket.ping();
    }, this.#settings.heartbeatMs);
    socket.once('close', () => {
      clearInterval(pinging);
      this.#connections.delete(connection);
      void connection.end();
    });
  }
}
