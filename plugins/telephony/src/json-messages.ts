import { invalidMessage, type CallSide, type StreamEvent } from 'undertone';

/** A JSON object whose fields are not known yet. */
export type Fields = Readonly<Record<string, unknown>>;

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Whether a value is an object with fields. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws UndertoneError STREAM_MESSAGE_INVALID */
export function parseText(message: Uint8Array, isBinary: boolean): Fields {
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
export function fieldsOf(value: unknown, name: string): Fields {
  if (!isFields(value)) throw invalidMessage(`has no "${name}"`);
  return value;
}

/** An id of reasonable length. @throws UndertoneError STREAM_MESSAGE_INVALID */
export function idOf(value: unknown, name: string): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= 256) return value;
  throw invalidMessage(`has no "${name}"`);
}

/** A whole number from 0, which some carriers write as text; undefined where it is none. */
export function countOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : undefined;
}

/** Sound as base64, strictly. @throws UndertoneError STREAM_MESSAGE_INVALID */
export function soundOf(value: unknown): Uint8Array {
  const isBase64 = typeof value === 'string' && value.length % 4 === 0 && BASE64.test(value);
  if (!isBase64) throw invalidMessage('has a payload that is no base64');
  return Buffer.from(value, 'base64');
}

/** @throws UndertoneError STREAM_MESSAGE_INVALID */
export function sideOf(track: unknown): CallSide {
  if (track === 'inbound' || track === 'outbound') return track;
  throw invalidMessage('is of a track that is neither inbound nor outbound');
}

/** A key that was pressed. @throws UndertoneError STREAM_MESSAGE_INVALID */
export function digitOf(value: unknown): StreamEvent {
  if (typeof value === 'string' && /^[0-9*#A-D]$/.test(value)) return { type: 'dtmf', digit: value };
  throw invalidMessage('has a digit that is no key');
}

/** What a JSON object has of texts and numbers, as texts. */
export function parametersOf(value: unknown): Record<string, string> {
  const parameters: Record<string, string> = Object.create(null) as Record<string, string>;
  if (!isFields(value)) return parameters;
  for (const [name, field] of Object.entries(value).slice(0, 100)) {
    if (typeof field === 'string' || typeof field === 'number') parameters[name] = String(field).slice(0, 512);
  }
  return parameters;
}

/** Milliseconds as ticks of a track's clock, modulo 2^32. */
export const ticksOf = (ms: number, ticksPerMs: number): number => (ms * ticksPerMs) % 2 ** 32;

export const NOTHING: readonly StreamEvent[] = [{ type: 'other' }];
export const STOP: readonly StreamEvent[] = [{ type: 'stop' }];
