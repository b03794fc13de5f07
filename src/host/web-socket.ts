import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer, type RawData } from 'ws';

/** How a plugin takes WebSockets. */
export interface WebSocketOptions {
  /**
   * Whether whoever asks may connect: a signature or a token that is right. Compare secrets with
   * `crypto.timingSafeEqual`. No, and one that throws, is answered with 401; a number is a no with a status of its own, such
   * as 503 where there are too many connections.
   */
  readonly authorise: (request: IncomingMessage) => boolean | number;
  /** Told of each message, text or binary. Where it throws, the connection is closed with 1011. */
  readonly onMessage: (data: Buffer<ArrayBuffer>, isBinary: boolean) => void;
  /** Told once that the connection is over, by whomever. */
  readonly onClose?: (code: number) => void;
  /** Told of what the three above threw. */
  readonly onError?: (cause: unknown) => void;
  /**
   * Origins of web pages that may connect, beside pages of this very server. Programs send none. Default none; 'any' where
   * `authorise` looks at them by itself, as `PluginHost.refusalOf` does.
   */
  readonly allowedOrigins?: readonly string[] | 'any';
  /** The one subprotocol that is answered, where it is offered. Default the first that is. */
  readonly subprotocol?: string;
  /** A larger message ends the connection with 1009. Default 64 KiB. */
  readonly largestMessageBytes?: number;
  /** A peer that is read from, and from which nothing comes for two of these, not even the answer to a ping, is cut off. Default 15,000. */
  readonly pingMs?: number;
  /** A peer that leaves more unread is cut off. Default 1 MiB. */
  readonly mostUnreadBytes?: number;
}

/** A connection that was taken. To a peer that is gone, its methods do nothing. */
export interface PluginSocket {
  readonly isOpen: boolean;
  /** Sends text, or bytes as a binary message. */
  send(data: string | Uint8Array): void;
  /**
   * Says goodbye; a peer that does not answer is cut off by and by.
   * @param code 1000 (default), another of https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 that may be sent, or
   *   3000..4999: a plugin's own
   */
  close(code?: number, reason?: string): void;
  /** Whether it is not read from for now. */
  readonly isPaused: boolean;
  /** Reads nothing for now: a peer that sends faster than one can take it waits. What was read already still comes. */
  pause(): void;
  /** Reads on. */
  resume(): void;
  /** Cuts off. */
  terminate(): void;
}

/**
 * Takes a WebSocket in `handleUpgrade`, safely: who may connect is asked first, messages are bounded, a peer that is dead or reads
 * nothing is cut off, and nothing that a peer sends, or that a listener throws, leaves the connection.
 * @returns undefined where it was refused; whoever asked has the answer then: 401 or what `authorise` said, 403 for web pages
 *   of other origins, 400 for what is no WebSocket handshake
 */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: WebSocketOptions,
): PluginSocket | undefined {
  const { onMessage, onClose, onError = () => undefined } = options;
  const { pingMs = 15_000, mostUnreadBytes = 1024 * 1024 } = options;
  const refusal = refusalOf(request, options);
  if (refusal !== undefined) {
    refuseUpgrade(socket, refusal);
    return undefined;
  }
  const peer = shakeHands(request, socket, head, options);
  if (!peer) return undefined;
  let isAlive = true;
  const dropIfUnread = (): void => {
    if (peer.bufferedAmount > mostUnreadBytes) peer.terminate();
  };
  const pinging = setInterval(() => {
    // From one that is not read, no answer can come.
    if (!isAlive && !peer.isPaused) peer.terminate();
    dropIfUnread();
    isAlive = peer.isPaused;
    peer.ping();
  }, pingMs);
  peer.on('pong', () => (isAlive = true));
  // Each is answered: whoever sends nothing else, and reads nothing, must not fill the memory until the next look.
  peer.on('ping', dropIfUnread);
  peer.on('message', (data: RawData, isBinary) => {
    isAlive = true;
    // What still arrives after a goodbye is nobody's any more.
    if (peer.readyState !== WebSocket.OPEN) return;
    try {
      onMessage(data as Buffer<ArrayBuffer>, isBinary);
    } catch (cause) {
      onError(cause);
      peer.close(1011);
    }
  });
  // A frame that is none or too large: `close` follows, with its code.
  peer.on('error', () => undefined);
  peer.on('close', (code) => {
    clearInterval(pinging);
    try {
      onClose?.(code);
    } catch (cause) {
      onError(cause);
    }
  });
  return {
    get isOpen() {
      return peer.readyState === WebSocket.OPEN;
    },
    send(data) {
      dropIfUnread();
      if (peer.readyState === WebSocket.OPEN) peer.send(data, () => undefined);
    },
    close(code = 1000, reason = '') {
      peer.close(code, reason);
    },
    get isPaused() {
      return peer.isPaused;
    },
    pause() {
      peer.pause();
    },
    resume() {
      peer.resume();
    },
    terminate() {
      peer.terminate();
    },
  };
}

/** Refuses a wish to upgrade, with a status of HTTP. */
export function refuseUpgrade(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** The status by which a request is refused; undefined where it is not. */
function refusalOf(request: IncomingMessage, options: WebSocketOptions): number | undefined {
  const { authorise, onError = () => undefined, allowedOrigins = [] } = options;
  if (allowedOrigins !== 'any') {
    const { origin, host = '' } = request.headers;
    // As in the API: no cookie is looked at, so that a page adds no authority of its own.
    const isAllowed = origin === undefined || [`http://${host}`, `https://${host}`, ...allowedOrigins].includes(origin);
    if (!isAllowed) return 403;
  }
  try {
    const answer = authorise(request);
    return answer === true ? undefined : answer || 401;
  } catch (cause) {
    onError(cause);
    return 401;
  }
}

/** Undefined where it is no handshake: `ws` has answered then. */
function shakeHands(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  { largestMessageBytes: maxPayload = 64 * 1024, subprotocol }: WebSocketOptions,
): WebSocket | undefined {
  const server = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload },
    ...(subprotocol !== undefined && {
      handleProtocols: (offered: Set<string>) => offered.has(subprotocol) && subprotocol,
    }),
  });
  let peer: WebSocket | undefined;
  server.handleUpgrade(request, socket, head, (accepted) => (peer = accepted));
  return peer;
}
