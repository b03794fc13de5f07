import { invalidMessage, type CallSide, type StreamEvent } from './stream.ts';

/** A JSON object whose fields are not known yet. */
export type MessageFields = Readonly<Record<string, unknown>>;

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const LONGEST_ID = 256;
const LONGEST_PARAMETER = 512;
const MOST_PARAMETERS = 100;

/** Whether a value is an object with fields. */
export const isFields = (value: unknown): value is MessageFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads a text that must be a JSON object. @throws UndertoneError STREAM_MESSAGE_INVALID */
export function readMessage(message: Uint8Array, isBinary: boolean): MessageFields {
  if (isBinary) throw invalidMessage('is binary, where text is spoken');
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString());
  } catch {
    throw invalidMessage('is no JSON');
  }
  if (!isFields(value)) throw invalidMessage('is no JSON object');
  return value;
}

/** A part of a message that must be an object. @throws UndertoneError STREAM_MESSAGE_INVALID */
export function readFields(value: unknown, name: string): MessageFields {
  if (!isFields(value)) throw invalidMessage(`has no "${name}"`);
  return value;
}

/** An id: a text of 1 to 256 characters. @throws UndertoneError STREAM_MESSAGE_INVALID */
export function readId(value: unknown, name: string): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= LONGEST_ID) return value;
  throw invalidMessage(`has no "${name}"`);
}

/** A whole number from 0, which some carriers write as text; undefined where it is none. */
export function readCount(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : undefined;
}

/** A key that was pressed. @throws UndertoneError STREAM_MESSAGE_INVALID */
export function readDigit(value: unknown): StreamEvent {
  if (typeof value === 'string' && /^[0-9*#A-D]$/.test(value)) return { type: 'dtmf', digit: value };
  throw invalidMessage('has a digit that is no key');
}

/** What a JSON object has of texts and numbers, as texts: the first 100, each cut after 512 characters. */
export function readParameters(value: unknown): Record<string, string> {
  const parameters: Record<string, string> = Object.create(null) as Record<string, string>;
  if (!isFields(value)) return parameters;
  for (const [name, field] of Object.entries(value).slice(0, MOST_PARAMETERS)) {
    if (typeof field === 'string' || typeof field === 'number')
      parameters[name] = String(field).slice(0, LONGEST_PARAMETER);
  }
  return parameters;
}

/** Sound as base64, strictly. @throws UndertoneError STREAM_MESSAGE_INVALID */
export function readSound(value: unknown): Uint8Array {
  const isBase64 = typeof value === 'string' && value.length % 4 === 0 && BASE64.test(value);
  if (!isBase64) throw invalidMessage('has a payload that is no base64');
  return Buffer.from(value, 'base64');
}

/** @throws UndertoneError STREAM_MESSAGE_INVALID */
export function readSide(track: unknown): CallSide {
  if (track === 'inbound' || track === 'outbound') return track;
  throw invalidMessage('is of a track that is neither inbound nor outbound');
}
