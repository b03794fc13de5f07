import {
  invalidMessage,
  isFields,
  NOTHING_TO_DO,
  readDigit,
  readFields,
  readMessage,
  type CallSide,
  type MessageFields,
  type StreamDialect,
  type StreamEvent,
} from 'undertone';

/** Something to show an agent, in Genesys' words. */
export interface EventEntity {
  readonly type: string;
  readonly data: unknown;
}

/** What a session says of itself when it is opened. */
interface Media {
  readonly type: 'audio';
  readonly format: 'PCMU';
  readonly channels: readonly string[];
  readonly rate: 8000;
}

const RATE_HZ = 8_000;
const NULL_UUID = '00000000-0000-0000-0000-000000000000';
/** Genesys takes five messages a second. */
const EVENT_PAUSE_MS = 250;
/** Larger messages are refused. */
const LARGEST_EVENT = 60_000;
const MOST_ENTITIES = 100;
const SIDES: Readonly<Record<string, CallSide>> = { external: 'inbound', internal: 'outbound' };

/** How a session is served. */
export interface AudioHookOptions {
  /** Of the upgrade request. */
  readonly sessionId: string;
  readonly hearAgents: boolean;
  readonly send: (text: string) => void;
  /** Told that the client was asked to go. */
  readonly onDisconnect?: () => void;
}

/**
 * The server's side of a session of Genesys AudioHook, version 2: messages in, events out, and what is to be answered by
 * `send`. Every message is counted on both sides; a client that breaks the rules is asked to end the session.
 */
export class AudioHookSession implements StreamDialect {
  readonly #options: AudioHookOptions;
  #state: 'preparing' | 'active' | 'paused' | 'failed' | 'closing' | 'closed' = 'preparing';
  #media: Media | undefined;
  #isProbe = false;
  #streamId = '';
  #seq = 0;
  #clientSeq = 0;
  /** In samples. */
  #position = 0;
  #entities: EventEntity[] = [];
  #pacing: NodeJS.Timeout | undefined;

  constructor(options: AudioHookOptions) {
    this.#options = options;
  }

  read(message: Uint8Array, isBinary: boolean): readonly StreamEvent[] {
    if (isBinary) return this.#readSound(message);
    let fields: MessageFields;
    try {
      fields = readMessage(message, isBinary);
    } catch {
      return this.#fail('a text message is no JSON object');
    }
    const { type, parameters } = fields;
    const isMessage = fields.version === '2' && typeof type === 'string' && isFields(parameters);
    if (!isMessage) return this.#fail('a message is not of version 2');
    if (fields.id !== this.#options.sessionId) return this.#fail('a message is of another session');
    if (fields.seq !== this.#clientSeq + 1) return this.#fail('seq does not count up by one');
    this.#clientSeq++;
    const { serverseq } = fields;
    if (!(Number.isInteger(serverseq) && (serverseq as number) <= this.#seq)) {
      return this.#fail('serverseq is of a message that was not sent');
    }
    if (durationOf(fields.position) === undefined) return this.#fail('position is no duration');
    return this.#take(type, parameters);
  }

  /** Shows what is new, a few times a second at most. */
  show(entity: EventEntity): void {
    if (!['active', 'paused', 'closing'].includes(this.#state) || this.#isProbe) return;
    if (JSON.stringify(entity).length > LARGEST_EVENT || this.#entities.length >= MOST_ENTITIES) return;
    this.#entities.push(entity);
    if (this.#pacing) return;
    this.#flush();
    this.#pacing = setTimeout(() => {
      this.#pacing = undefined;
      this.#flush();
    }, EVENT_PAUSE_MS).unref();
  }

  /** Asks the client to end the session. */
  disconnect(reason: 'completed' | 'error', info?: string): void {
    if (['failed', 'closing', 'closed'].includes(this.#state)) return;
    this.#say('disconnect', { reason, ...(info !== undefined && { info }) });
    this.#state = 'failed';
    this.#options.onDisconnect?.();
  }

  /** Says that all is heard and said, after the client's `close`. */
  closed(): void {
    if (this.#state !== 'closing') return;
    clearTimeout(this.#pacing);
    this.#pacing = undefined;
    this.#flush();
    this.#say('closed', {});
    this.#state = 'closed';
  }

  /** Lets go: the connection is over. */
  free(): void {
    clearTimeout(this.#pacing);
    this.#state = 'closed';
  }

  #take(type: string, parameters: MessageFields): readonly StreamEvent[] {
    switch (type) {
      case 'open':
        return this.#open(parameters);
      case 'ping':
        this.#say('pong', {});
        return NOTHING_TO_DO;
      case 'update':
        this.#say('updated', {});
        return NOTHING_TO_DO;
      case 'paused':
        if (this.#state === 'active') this.#state = 'paused';
        return NOTHING_TO_DO;
      case 'resumed':
        if (this.#state === 'paused') this.#state = 'active';
        this.#skip(parameters);
        return NOTHING_TO_DO;
      case 'discarded':
        this.#skip(parameters);
        return NOTHING_TO_DO;
      case 'dtmf':
        return [readDigit(parameters.digit)];
      case 'close':
        this.#state = 'closing';
        return [{ type: 'stop' }];
      // Messages that newer clients send, and `error`, ask for nothing.
      default:
        return NOTHING_TO_DO;
    }
  }

  #open(parameters: MessageFields): readonly StreamEvent[] {
    if (this.#state !== 'preparing') return NOTHING_TO_DO;
    const { conversationId, organizationId, media } = parameters;
    const participant = readFields(parameters.participant ?? {}, 'participant');
    if (typeof conversationId !== 'string' || conversationId.length > 64)
      return this.#fail('open names no conversation');
    this.#media = this.#chooseMedia(media);
    if (!this.#media)
      return this.#fail('no media is offered that can be heard: PCMU at 8 kHz with the external channel');
    this.#state = 'active';
    this.#streamId = this.#options.sessionId;
    this.#say('opened', { media: [this.#media], startPaused: false });
    // Whether the connection works is tried with a conversation that is none.
    this.#isProbe = conversationId === NULL_UUID;
    if (this.#isProbe) return NOTHING_TO_DO;
    const texts = { customer: participant.ani, line: participant.dnis };
    return [
      {
        type: 'start',
        streamId: this.#streamId,
        callId: conversationId,
        ...(typeof organizationId === 'string' && { accountId: organizationId }),
        sides: this.#media.channels.map((channel) => SIDES[channel]!),
        format: { codec: 'mulaw' },
        parameters: Object.fromEntries(
          Object.entries(texts).flatMap(([name, text]) =>
            typeof text === 'string' && text !== '' ? [[name, text]] : [],
          ),
        ),
      },
    ];
  }

  /** The customer alone, unless agents are heard: what is not chosen is not sent. */
  #chooseMedia(offered: unknown): Media | undefined {
    const known = (Array.isArray(offered) ? offered : []).flatMap((media: unknown) => {
      if (!isFields(media) || media.type !== 'audio' || media.format !== 'PCMU' || media.rate !== RATE_HZ) return [];
      const channels: unknown[] = Array.isArray(media.channels) ? media.channels : [];
      const isKnown = channels.includes('external') && channels.every((channel) => String(channel) in SIDES);
      return isKnown ? [{ type: 'audio', format: 'PCMU', channels: channels as string[], rate: RATE_HZ } as const] : [];
    });
    const wanted = this.#options.hearAgents ? 2 : 1;
    return known.find(({ channels }) => channels.length === wanted) ?? known[0];
  }

  #readSound(message: Uint8Array): readonly StreamEvent[] {
    if (this.#state === 'closing' || this.#state === 'failed') return NOTHING_TO_DO;
    if (this.#state !== 'active' || !this.#media) return this.#fail('sound comes while none is expected');
    const { channels } = this.#media;
    const samples = message.length / channels.length;
    if (samples === 0 || !Number.isInteger(samples)) return this.#fail('a binary message has no whole samples');
    const timestamp = this.#position % 2 ** 32;
    this.#position += samples;
    if (this.#isProbe) return NOTHING_TO_DO;
    return channels.map((channel, at) => ({
      type: 'media',
      streamId: this.#streamId,
      side: SIDES[channel]!,
      payload: channels.length === 1 ? message : everyOther(message, at),
      timestamp,
    }));
  }

  /** Sound that the client has left out. */
  #skip({ start, discarded }: MessageFields): void {
    const [from, length] = [durationOf(start), durationOf(discarded)];
    if (from === undefined || length === undefined) return;
    this.#position = Math.max(this.#position, Math.round((from + length) * RATE_HZ));
  }

  #flush(): void {
    const entities: EventEntity[] = [];
    let length = 0;
    while (this.#entities.length > 0) {
      length += JSON.stringify(this.#entities[0]).length;
      if (entities.length > 0 && length > LARGEST_EVENT) break;
      entities.push(this.#entities.shift()!);
    }
    if (entities.length > 0) this.#say('event', { entities });
  }

  #fail(info: string): never {
    this.disconnect('error', info);
    throw invalidMessage(`breaks the rules of AudioHook: ${info}`);
  }

  #say(type: string, parameters: object): void {
    const { sessionId: id, send } = this.#options;
    send(JSON.stringify({ version: '2', type, id, seq: ++this.#seq, clientseq: this.#clientSeq, parameters }));
  }
}

/** `PT1.25S` in seconds. */
function durationOf(text: unknown): number | undefined {
  const [, seconds] = /^PT(\d{1,9}(?:\.\d{1,9})?)S$/.exec(String(text)) ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}

/** One of two channels that are interleaved. */
function everyOther(message: Uint8Array, from: number): Uint8Array {
  const one = new Uint8Array(message.length / 2);
  for (let i = 0; i < one.length; i++) one[i] = message[2 * i + from]!;
  return one;
}
