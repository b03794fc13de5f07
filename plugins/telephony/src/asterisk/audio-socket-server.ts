import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { faultOf, UndertoneError, type HostLog } from 'undertone';
import { CallStream } from '../call-stream.ts';
import type { CallDesk } from '../call-desk.ts';
import type { AnnouncedCall, Tickets } from '../tickets.ts';
import { AudioSocketDialect, audioSocketMessage, KIND } from './audio-socket.ts';

/** What the server works with. */
export interface AudioSocketParts {
  readonly host: string;
  readonly port: number;
  /** Addresses from which calls are taken that nobody has announced. */
  readonly allow: readonly string[];
  readonly mostCalls: number;
  readonly tickets: Tickets;
  readonly desk: CallDesk;
  readonly log: HostLog;
}

/** Connections that have not said which call they are: the oldest goes when another comes. */
const MOST_UNKNOWN = 100;
const IDENTIFY_MS = 5_000;
/** Asterisk sends sound all the time; a connection that brings nothing for so long is dead. */
const SILENT_MS = 60_000;

interface Connection {
  readonly socket: Socket;
  readonly dialect: AudioSocketDialect;
  stream?: CallStream;
}

/** Takes calls of Asterisk's AudioSocket: those whose UUID was announced, or that come from a trusted address. */
export class AudioSocketServer {
  readonly #parts: AudioSocketParts;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  /** In the order in which they came. */
  readonly #unknown = new Map<Connection, NodeJS.Timeout>();
  readonly #ending = new Set<Promise<void>>();

  private constructor(parts: AudioSocketParts) {
    this.#parts = parts;
    this.#server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
      this.#accept(socket);
    });
    this.#server.maxConnections = parts.mostCalls + MOST_UNKNOWN;
  }

  /** @throws UndertoneError ADDRESS_UNAVAILABLE */
  static async start(parts: AudioSocketParts): Promise<AudioSocketServer> {
    const server = new AudioSocketServer(parts);
    try {
      server.#server.listen(parts.port, parts.host);
      await once(server.#server, 'listening');
    } catch (cause) {
      throw new UndertoneError('ADDRESS_UNAVAILABLE', {
        subject: `${parts.host}:${parts.port}`,
        problem: `cannot be listened on (${faultOf(cause)})`,
        remedy: 'Choose another port (plugins.telephony.audiosocket.port), or end what listens there.',
        cause,
      });
    }
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Hangs up. Resolves once what came is heard. */
  async close(): Promise<void> {
    this.#server.close();
    for (const { socket } of this.#connections) socket.end(audioSocketMessage(KIND.hangup)).destroySoon();
    await Promise.all(this.#ending);
  }

  #accept(socket: Socket): void {
    const connection: Connection = { socket, dialect: new AudioSocketDialect() };
    const [oldest] = this.#unknown.keys();
    if (oldest && this.#unknown.size >= MOST_UNKNOWN) oldest.socket.destroy();
    this.#connections.add(connection);
    this.#unknown.set(
      connection,
      setTimeout(() => {
        socket.destroy();
      }, IDENTIFY_MS),
    );
    socket.setTimeout(SILENT_MS, () => {
      socket.destroy();
    });
    socket.on('data', (chunk) => {
      this.#take(connection, chunk);
    });
    // `close` follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#connections.delete(connection);
      this.#identified(connection);
      const ending = connection.stream?.over() ?? Promise.resolve();
      this.#ending.add(ending);
      void ending.finally(() => this.#ending.delete(ending));
    });
  }

  #take(connection: Connection, chunk: Buffer): void {
    const { socket, dialect } = connection;
    try {
      if (connection.stream) {
        connection.stream.take(chunk, true);
        return;
      }
      const events = dialect.read(chunk);
      if (dialect.uuid === undefined) return;
      const announced = this.#admit(dialect.uuid, socket);
      if (!announced) {
        this.#parts.log.warn('a connection of AudioSocket is refused: nobody has announced its call');
        socket.destroy();
        return;
      }
      this.#identified(connection);
      connection.stream = new CallStream({
        dialect,
        desk: this.#parts.desk,
        announced,
        close: () => {
          socket.end(audioSocketMessage(KIND.hangup)).destroySoon();
        },
      });
      connection.stream.hear(events);
    } catch (cause) {
      this.#parts.log.warn('a connection of AudioSocket is refused', { fault: faultOf(cause) });
      socket.destroy();
    }
  }

  #admit(uuid: string, { remoteAddress = '' }: Socket): AnnouncedCall | undefined {
    const announced = this.#parts.tickets.redeem(uuid, 'audiosocket');
    // An IPv6 socket writes IPv4 addresses as ::ffff:10.0.0.1.
    const isTrusted = this.#parts.allow.includes(remoteAddress.replace(/^::ffff:/, ''));
    return announced ?? (isTrusted ? { dialect: 'audiosocket', callId: uuid } : undefined);
  }

  #identified(connection: Connection): void {
    clearTimeout(this.#unknown.get(connection));
    this.#unknown.delete(connection);
  }
}
