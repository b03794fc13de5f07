import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  acceptWebSocket,
  faultOf,
  UndertoneError,
  type Call,
  type CallSide,
  type HostLog,
  type MediaPacket,
  type PluginSocket,
  type StreamEvent,
} from 'undertone';
import type { CallDesk } from './call-desk.ts';
import { mediaStream } from './media-stream.ts';

/** How streams are held in bounds. */
export interface StreamLimits {
  readonly most: number;
  readonly idleSeconds: number;
}

/** Twilio's messages have some 400 bytes. */
const LARGEST_MESSAGE = 64 * 1024;
/** Between the upgrade and the start of the stream. */
const START_MS = 10_000;
const SWEEP_MS = 1_000;
/** A stream that speaks another language is closed. */
const MOST_BAD_MESSAGES = 100;
/** Twilio reads what little it is sent; somebody who does not has no memory of ours. */
const MOST_UNREAD = 64 * 1024;
/** A source that is faster than real time by this can wait when hearing lags behind; a telephone cannot. */
const AHEAD_MS = 5_000;
const PAUSE_MS = 50;
const POLICY = 1008;
/** What one read of a socket can bring. */
const MOST_EARLY = 1_000;

/** The WebSockets of Media Streams. One that misbehaves costs itself alone. */
export class StreamSockets {
  readonly #desk: CallDesk;
  readonly #limits: StreamLimits;
  readonly #log: HostLog;
  readonly #open = new Set<StreamSocket>();
  readonly #sweeping: NodeJS.Timeout;
  #sweptAtMs = performance.now();

  constructor(desk: CallDesk, limits: StreamLimits, log: HostLog) {
    this.#desk = desk;
    this.#limits = limits;
    this.#log = log;
    this.#sweeping = setInterval(() => {
      this.#sweep();
    }, SWEEP_MS).unref();
  }

  /** Whether there is room for another stream. */
  get hasRoom(): boolean {
    return this.#open.size < this.#limits.most;
  }

  /** Takes over a connection, where whoever asks may connect. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, authorise: () => boolean): void {
    const held: { stream?: StreamSocket } = {};
    const peer = acceptWebSocket(request, socket, head, {
      authorise,
      onMessage: (data, isBinary) => held.stream?.hear(data, isBinary),
      onClose: () => {
        if (!held.stream) return;
        this.#open.delete(held.stream);
        void held.stream.end();
      },
      onError: (cause) => {
        this.#log.error('a stream failed', { fault: faultOf(cause) });
      },
      ...{ largestMessageBytes: LARGEST_MESSAGE, mostUnreadBytes: MOST_UNREAD },
    });
    if (!peer) return;
    held.stream = new StreamSocket(peer, this.#desk, this.#log);
    this.#open.add(held.stream);
  }

  /** Ends the calls of all streams, then the streams. */
  async close(): Promise<void> {
    clearInterval(this.#sweeping);
    await this.#desk.endAll();
    for (const stream of this.#open) stream.close(1001);
  }

  #sweep(): void {
    const now = performance.now();
    const { idleSeconds } = this.#limits;
    const isLate = now - this.#sweptAtMs > 2 * SWEEP_MS;
    this.#sweptAtMs = now;
    // What came meanwhile is still to be read.
    if (isLate) return;
    for (const stream of this.#open) {
      if (now - stream.heardAtMs > (stream.hasStarted ? 1_000 * idleSeconds : START_MS)) stream.drop();
    }
  }
}

type MediaEvent = Extract<StreamEvent, { type: 'media' }>;

/** Ticks of 8 kHz as milliseconds. */
const streamMsOf = ({ timestamp = 0 }: MediaEvent): number => timestamp / 8;

/** One WebSocket: at most one stream of one call. */
class StreamSocket {
  readonly #socket: PluginSocket;
  readonly #desk: CallDesk;
  readonly #log: HostLog;
  readonly #dialect = mediaStream();
  #streamId: string | undefined;
  #callId: string | undefined;
  #call: Call | undefined;
  /** What came with the start, before the call was ready for it. */
  #early: StreamEvent[] | undefined;
  #startedAtMs = 0;
  readonly #placedSides = new Set<CallSide>();
  #bad = 0;
  /** When the last message came, on the clock of `performance`. */
  heardAtMs = performance.now();

  constructor(socket: PluginSocket, desk: CallDesk, log: HostLog) {
    this.#socket = socket;
    this.#desk = desk;
    this.#log = log;
  }

  get hasStarted(): boolean {
    return this.#callId !== undefined;
  }

  close(code: number): void {
    this.#socket.close(code);
  }

  drop(): void {
    this.#socket.terminate();
  }

  /** Takes a message. */
  hear(data: Buffer, isBinary: boolean): void {
    let events: readonly StreamEvent[];
    try {
      events = this.#dialect.read(data, isBinary);
    } catch (cause) {
      if (!(cause instanceof UndertoneError)) throw cause;
      this.#misheard();
      return;
    }
    this.heardAtMs = performance.now();
    for (const event of events) {
      if (this.#early === undefined) this.#take(event);
      else if (this.#early.length < MOST_EARLY) this.#early.push(event);
    }
  }

  #take(event: StreamEvent): void {
    switch (event.type) {
      case 'media': {
        if (!this.#call) this.close(POLICY);
        else if (event.streamId !== this.#streamId) this.#misheard();
        else if (this.#call.write(event.side, this.#placed(event, this.#call)) === 'slow') this.#slowDown(event);
        return;
      }
      case 'start':
        if (this.#callId === undefined) void this.#start(event);
        else this.close(POLICY);
        return;
      case 'dtmf':
        if (this.#callId !== undefined) void this.#press(this.#callId, event.digit);
        return;
      case 'stop':
        this.close(1000);
        void this.end();
        return;
      case 'other':
    }
  }

  async #start(event: Extract<StreamEvent, { type: 'start' }>): Promise<void> {
    this.#callId = event.callId;
    this.#streamId = event.streamId;
    // What comes meanwhile waits in the socket, but for what has been read already.
    this.#socket.pause();
    const early: StreamEvent[] = (this.#early = []);
    try {
      this.#call = await this.#desk.begin(event);
      this.#startedAtMs = performance.now();
    } catch (cause) {
      this.#log.error('a call cannot be heard', { fault: faultOf(cause) });
    }
    this.#early = undefined;
    this.#socket.resume();
    if (this.#call) {
      for (const one of early) this.#take(one);
      if (!this.#socket.isOpen) await this.end();
      return;
    }
    this.#log.warn('a stream was refused: no call waits for it');
    this.close(POLICY);
  }

  async #press(callId: string, digit: string): Promise<void> {
    await this.#desk.pressed(callId, digit).catch(() => {
      this.#log.error('what a key said about consent could not be written down');
    });
  }

  #misheard(): void {
    if (++this.#bad > MOST_BAD_MESSAGES) this.close(POLICY);
  }

  /** The first packet of a side lies where Twilio says, from the stream's beginning: it may have waited for us. */
  #placed(event: MediaEvent, { session }: Call): MediaPacket {
    if (this.#placedSides.has(event.side)) return event;
    this.#placedSides.add(event.side);
    return { ...event, arrivedAtMs: session.startedAtMs + streamMsOf(event) };
  }

  /** Lets a source wait that plays faster than real time. */
  #slowDown(event: MediaEvent): void {
    const aheadMs = streamMsOf(event) - (performance.now() - this.#startedAtMs);
    if (aheadMs < AHEAD_MS || this.#socket.isPaused) return;
    this.#socket.pause();
    setTimeout(() => {
      this.#socket.resume();
    }, PAUSE_MS);
  }

  /** The stream is over, by whomever. */
  async end(): Promise<void> {
    const call = this.#call;
    this.#call = undefined;
    if (!call) return;
    await this.#desk.end(call.callId).catch((cause: unknown) => {
      this.#log.error('a call did not end well', { fault: faultOf(cause) });
    });
  }
}
