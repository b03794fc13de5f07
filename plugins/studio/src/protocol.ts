// All that the page and the plugin say to each other. The page imports this file too: nothing of Node belongs here.
import type { LiveEvent } from 'undertone';

/** Where everything of the studio lies. */
export const BASE = '/plugins/studio';

/** The WebSocket's subprotocol; beside it, the page offers its token, since browsers set no header for a WebSocket. */
export const SUBPROTOCOL = 'undertone-studio-1';
const TOKEN_PREFIX = 'token-';

/** The subprotocols that a page offers. A token may have characters that a header's list may not: hence base64url. */
export function offeredProtocols(token: string): string[] {
  const encoded = btoa(token).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  return [SUBPROTOCOL, TOKEN_PREFIX + encoded];
}

/** The token among offered subprotocols; undefined where there is none. */
export function offeredToken(header: string | undefined): string | undefined {
  const offered = header?.split(',').map((name) => name.trim());
  const encoded = offered?.find((name) => name.startsWith(TOKEN_PREFIX))?.slice(TOKEN_PREFIX.length);
  if (encoded === undefined || !/^[\w-]+$/.test(encoded)) return undefined;
  try {
    return atob(encoded.replace(/-/g, '+').replace(/_/g, '/'));
  } catch {
    return undefined;
  }
}

/** How long the sound of a packet is, in milliseconds. */
export const PACKET_MS = 20;

/** Rates at which the page sends, in Hz: the first that its browser can. */
export const RATES_HZ = [16_000, 48_000] as const;
export type Rate = (typeof RATES_HZ)[number];

/** Begins a session. Who sends it says with it that all who will be heard agreed to that. */
export interface StartMessage {
  readonly type: 'start';
  readonly source: 'microphone' | 'recording';
  readonly title: string;
  readonly rateHz: Rate;
  /** One or two; packets name them by their place. */
  readonly speakers: readonly { readonly id: string; readonly name: string }[];
}

/** What the page says in text; sound comes as binary messages, see {@link encodePacket}. */
export type PageMessage =
  | StartMessage
  /** Ends the session; its summary is the last event. */
  | { readonly type: 'stop' }
  /** Ends it, and deletes all that is kept of its speakers. */
  | { readonly type: 'forget' };

/** What the plugin says. */
export type StudioMessage =
  | { readonly type: 'started'; readonly sessionId: string; readonly model: string }
  /** A speaker's first packet came, at this time of the session: 0 in the page's own sound. */
  | { readonly type: 'began'; readonly speaker: number; readonly atMs: number }
  | { readonly type: 'event'; readonly event: LiveEvent }
  | { readonly type: 'forgotten' }
  /** Why it does not go on; the socket is closed after it. */
  | { readonly type: 'problem'; readonly code: string; readonly message: string };

const HEADER_BYTES = 8;
/** The largest message: a packet of 20 ms at 48 kHz has 1,928 bytes, a start has less than 2,000. */
export const LARGEST_MESSAGE_BYTES = 8192;

/** Sound of one speaker. */
export interface SoundPacket {
  /** Its place among the session's speakers. */
  readonly speaker: number;
  /** Counts the speaker's packets, modulo 2^16. */
  readonly sequence: number;
  /** Samples before it, modulo 2^32. */
  readonly timestamp: number;
  /** 16-bit samples, little-endian. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** Layout: speaker (1 byte), 0 (1), sequence (2), timestamp (4), all little-endian; then the samples. */
export function encodePacket({ speaker, sequence, timestamp, payload }: SoundPacket): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, speaker);
  view.setUint16(2, sequence & 0xffff, true);
  view.setUint32(4, timestamp >>> 0, true);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/** Reads what {@link encodePacket} wrote; null where it is none. */
export function decodePacket(bytes: Uint8Array<ArrayBuffer>): SoundPacket | null {
  if (bytes.length <= HEADER_BYTES || bytes.length % 2 !== 0) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    speaker: view.getUint8(0),
    sequence: view.getUint16(2, true),
    timestamp: view.getUint32(4, true),
    payload: bytes.subarray(HEADER_BYTES),
  };
}

/** A figure, its deviation over seeds and its 95 % interval over speakers, all 0..1. */
export interface Figure {
  readonly mean: number;
  readonly deviation: number;
  readonly interval: readonly [low: number, high: number] | null;
}

/** How a model was judged on one set of clips. */
export interface Judgement {
  readonly name: string;
  readonly emotions: number;
  readonly clips: number;
  readonly speakers: number;
  readonly uar: Figure;
  readonly accuracy: Figure;
  readonly macroF1: Figure;
}

/** What one way to divide clips into training and test makes of the same network. */
export interface ProtocolRow {
  readonly protocol: string;
  readonly newToTheNetwork: string;
  /** In per cent, as `deviation` and `accuracy`. */
  readonly uar: number;
  readonly uarDeviation?: number;
  readonly accuracy: number;
  readonly accuracyDeviation?: number;
  readonly seeds: number;
  readonly folds: number;
}

/** What the page says of the model that hears. */
export interface ModelFacts {
  readonly id: string;
  readonly description: string;
  /** In the model's order. */
  readonly emotions: readonly { readonly label: string; readonly colour: string }[];
  /** Less confident predictions are `uncertain`, 0..1. */
  readonly abstainBelow: number;
  /** null where the model came without metrics. */
  readonly evaluation: {
    readonly explanation: string;
    readonly parameters: number;
    readonly seeds: number;
    readonly splits: number;
    /** Of a voice that nothing is known of: all clips first, then each corpus and sex. */
    readonly judgements: readonly Judgement[];
    /** UAR of all clips by how much of the voice was known. */
    readonly byKnowledge: readonly {
      readonly known: string;
      readonly uar: number;
      readonly calibrationError: number | null;
    }[];
    /** Rows: what was acted; columns: what was heard; clips over all seeds. */
    readonly confusion: { readonly labels: readonly string[]; readonly counts: readonly (readonly number[])[] };
  } | null;
  /** null where nobody measured it. */
  readonly protocols: { readonly note: string; readonly rows: readonly ProtocolRow[] } | null;
  /** What the model's card says about what it is not for. */
  readonly card: readonly { readonly title: string; readonly paragraphs: readonly string[] }[];
}
