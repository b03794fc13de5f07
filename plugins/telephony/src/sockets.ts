import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { acceptWebSocket, faultOf, refuseUpgrade, type PluginSocket, type StreamDialect } from 'undertone';
import { WebSocket } from 'ws';
import { readAnnouncement } from './announcing.ts';
import { ChanWebSocketDialect } from './asterisk/chan-websocket.ts';
import { CallStream } from './call-stream.ts';
import { AudioHookSession } from './carriers/genesys.ts';
import { verifyAudioHook } from './carriers/genesys-signature.ts';
import { webhookCarrier } from './carriers/webhook-carriers.ts';
import { carrierRequest, hasPassword, isLocal } from './requests.ts';
import { isTrusted, type Service } from './service.ts';
import type { AnnouncedCall } from './tickets.ts';

/** Larger messages end a connection: sound comes in pieces of 20 ms to a few hundred. */
const LARGEST_MESSAGE = 64 * 1024;
/** A client that is asked to end its session has so long. */
const GOODBYE_MS = 5_000;
/** Asterisk waits for us as long as somebody rings. */
const HANDSHAKE_MS = 5_000;

/** What is served on a WebSocket. */
interface Served {
  readonly dialect: StreamDialect;
  readonly announced: AnnouncedCall;
}

/** Takes the WebSockets of carriers, and makes those to Asterisk. */
export class Sockets {
  readonly #service: Service;
  /** Each ends its connection and resolves once what came is heard. */
  readonly #open = new Set<() => Promise<void>>();

  constructor(service: Service) {
    this.#service = service;
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://any');
    const [first = '', second = '', ticket = '', ...more] = pathname.slice(1).split('/');
    const { settings } = this.#service.telephony;
    const carrier = webhookCarrier(first);
    if (this.#service.desk.isFull) refuseUpgrade(socket, 503);
    else if (carrier && second === 'stream' && more.length === 0 && settings[carrier.name]) {
      this.#accept(request, socket, head, () => {
        const announced = this.#service.tickets.redeem(ticket, carrier.name);
        return announced && { dialect: carrier.dialect(), announced };
      });
    } else if (pathname === '/genesys/audiohook' && settings.genesys) this.#acceptAudioHook(request, socket, head);
    else if (pathname === '/asterisk/media' && settings['chan-websocket']) {
      this.#accept(request, socket, head, () => this.#admitAsterisk(request, searchParams));
    } else refuseUpgrade(socket, 404);
  }

  /**
   * Connects to a channel of Asterisk that waits for it: `WebSocket/INCOMING`.
   * @param connectionId its MEDIA_WEBSOCKET_CONNECTION_ID
   */
  connect(mediaUrl: string, connectionId: string, announced: AnnouncedCall): void {
    const peer = new WebSocket(`${mediaUrl.replace(/\/+$/, '')}/${connectionId}`, 'media', {
      handshakeTimeout: HANDSHAKE_MS,
      maxPayload: LARGEST_MESSAGE,
      perMessageDeflate: false,
    });
    const stream = new CallStream({
      dialect: new ChanWebSocketDialect(),
      desk: this.#service.desk,
      announced,
      close: (code, reason) => {
        peer.close(code, reason);
      },
    });
    const end = (): Promise<void> => {
      peer.close();
      return stream.over();
    };
    this.#open.add(end);
    peer.on('message', (data: Buffer, isBinary) => {
      stream.take(data, isBinary);
    });
    peer.on('error', (cause) => {
      this.#service.log.warn('Asterisk cannot be connected to', { fault: faultOf(cause) });
    });
    peer.on('close', () => {
      this.#open.delete(end);
      void stream.over();
    });
  }

  /** Ends all connections. Resolves once what came is heard. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#open, (end) => end()));
  }

  /** @param admit what is served; undefined where whoever asks may not come in */
  #accept(request: IncomingMessage, socket: Duplex, head: Buffer, admit: () => Served | undefined): void {
    const admitted: Served[] = [];
    const authorise = (): boolean => {
      const served = admit();
      if (served) admitted.push(served);
      return served !== undefined;
    };
    this.#take(request, socket, head, authorise, (peer) => {
      const close = (code: number, reason: string): void => {
        peer.close(code, reason);
      };
      return new CallStream({ ...admitted[0]!, desk: this.#service.desk, close });
    });
  }

  #acceptAudioHook(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { telephony, clock, desk } = this.#service;
    const [apiKey, secret] = [telephony.secret('genesysApiKey'), telephony.secret('genesysClientSecret')];
    const own = carrierRequest(request, telephony.publicUrl);
    const sessionId = request.headers['audiohook-session-id'];
    const authorise = (): boolean =>
      typeof sessionId === 'string' &&
      isTrusted(this.#service, request, [apiKey, secret], () =>
        verifyAudioHook(own, { apiKey: apiKey!, secret: secret! }, clock()),
      );
    this.#take(request, socket, head, authorise, (peer) => {
      const cutOff = (): void => {
        setTimeout(() => {
          peer.terminate();
        }, GOODBYE_MS).unref();
      };
      const session = new AudioHookSession({
        sessionId: String(sessionId),
        hearAgents: telephony.settings.hearAgents,
        send: (text) => {
          peer.send(text);
        },
        onDisconnect: cutOff,
      });
      const stream = new CallStream({
        dialect: session,
        desk,
        announced: { dialect: 'genesys' },
        close: (_, reason) => {
          session.disconnect('error', reason);
        },
        onNews: ({ kind, content }) => {
          session.show({ type: `undertone.${kind}`, data: content });
        },
        onStopped: () => {
          session.closed();
          cutOff();
        },
      });
      return {
        take: (message, isBinary) => {
          stream.take(message, isBinary);
        },
        over: async () => {
          session.disconnect('completed');
          await stream.over();
          session.free();
        },
      };
    });
  }

  /** Takes a WebSocket and keeps it among those that are ended with the plugin. */
  #take(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    authorise: () => boolean,
    serve: (peer: PluginSocket) => Pick<CallStream, 'take' | 'over'>,
  ): void {
    const held: { stream?: Pick<CallStream, 'take' | 'over'> } = {};
    const peer = acceptWebSocket(request, socket, head, {
      authorise,
      onMessage: (data, isBinary) => held.stream?.take(data, isBinary),
      onClose: () => {
        this.#open.delete(end);
        void held.stream?.over();
      },
      onError: (cause) => {
        this.#service.log.error('a stream failed', { fault: faultOf(cause) });
      },
      largestMessageBytes: LARGEST_MESSAGE,
    });
    const end = async (): Promise<void> => {
      await held.stream?.over();
      peer?.close();
    };
    if (!peer) return;
    held.stream = serve(peer);
    this.#open.add(end);
  }

  /** Asterisk says in the address which call it brings: `v(customer=...,line=...)` where it is dialled. */
  #admitAsterisk(request: IncomingMessage, query: URLSearchParams): Served | undefined {
    const { telephony } = this.#service;
    const { settings } = telephony;
    const password = telephony.secret('asteriskPassword');
    const isKnown =
      password === undefined
        ? settings.insecure && isLocal(request)
        : hasPassword(request, settings['chan-websocket']!.user, password);
    const announced = readAnnouncement({ ...Object.fromEntries(query), dialect: 'chan-websocket' });
    if (!isKnown || !announced || (announced.side === 'outbound' && !settings.hearAgents)) return undefined;
    return { dialect: new ChanWebSocketDialect(), announced };
  }
}
