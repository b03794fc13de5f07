/** Numbers and elements of EBML (RFC 8794), the notation of Matroska. */

/** An element's head. */
export interface EbmlHead {
  readonly id: number;
  /** The body's length in bytes; `Infinity` when it is left open, as in live streams. */
  readonly size: number;
  /** The length of the head itself. */
  readonly bytes: number;
}

/** The longest head: an identifier of 4 bytes and a size of 8. */
export const MAX_HEAD_BYTES = 12;

/** A number whose first byte's leading zeros say how many bytes follow (section 4); `undefined` if cut or too long. */
export function readVint(bytes: Uint8Array, at: number): { value: number; bytes: number } | undefined {
  const first = bytes[at];
  if (first === undefined || first === 0) return undefined;
  const length = Math.clz32(first) - 23;
  if (at + length > bytes.length) return undefined;
  let value = first & (0xff >> length);
  let open = value === 0xff >> length;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i]!;
    value = value * 256 + byte;
    open &&= byte === 0xff;
  }
  return { value: open ? Infinity : value, bytes: length };
}

/** The head of the element at `at`; `undefined` if there is none. */
export function readHead(bytes: Uint8Array, at: number): EbmlHead | undefined {
  const first = bytes[at] ?? 0;
  const idLength = Math.clz32(first) - 23;
  if (first === 0 || idLength > 4) return undefined;
  let id = 0;
  for (let i = 0; i < idLength; i++) id = id * 256 + (bytes[at + i] ?? 0);
  const size = readVint(bytes, at + idLength);
  return size === undefined ? undefined : { id, size: size.value, bytes: idLength + size.bytes };
}

/** The bodies of the elements inside `body`, by identifier, in their order; ends where they make no sense. */
export function readChildren(body: Uint8Array): { id: number; body: Uint8Array }[] {
  const children: { id: number; body: Uint8Array }[] = [];
  for (let at = 0; at < body.length;) {
    const head = readHead(body, at);
    if (head === undefined || at + head.bytes + head.size > body.length) break;
    at += head.bytes;
    children.push({ id: head.id, body: body.subarray(at, at + head.size) });
    at += head.size;
  }
  return children;
}

/** An element's body as an unsigned number. */
export function uintOf(body: Uint8Array | undefined, otherwise: number): number {
  return body === undefined ? otherwise : body.reduce((value, byte) => value * 256 + byte, 0);
}

/** An element's body as a floating-point number of 4 or 8 bytes. */
export function floatOf(body: Uint8Array | undefined, otherwise: number): number {
  if (body === undefined || (body.length !== 4 && body.length !== 8)) return otherwise;
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  return body.length === 4 ? view.getFloat32(0) : view.getFloat64(0);
}
