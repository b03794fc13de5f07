import type { IncomingMessage, ServerResponse } from 'node:http';
import { isSame, type CarrierRequest } from './carriers/carrier.ts';

/** Whether a request carries a token: `Authorization: Bearer <token>`. */
export function hasToken({ headers }: Pick<IncomingMessage, 'headers'>, token: string | undefined): boolean {
  const [, given] = /^Bearer +(\S{1,512})$/i.exec(headers.authorization ?? '') ?? [];
  return token !== undefined && given !== undefined && isSame(given, token);
}

/** Whether a request carries a user's password: `Authorization: Basic <base64>`. */
export function hasPassword(
  { headers }: Pick<IncomingMessage, 'headers'>,
  user: string,
  password: string | undefined,
): boolean {
  const [, given] = /^Basic +([A-Za-z0-9+/=]{1,1024})$/i.exec(headers.authorization ?? '') ?? [];
  if (password === undefined || given === undefined) return false;
  return isSame(Buffer.from(given, 'base64'), `${user}:${password}`);
}

/** Whether a request was made on this very machine, and not handed on by a proxy there. */
export function isLocal({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): boolean {
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const isForwarded = Object.keys(headers).some((name) => name === 'forwarded' || name === 'via' || name.startsWith('x-forwarded-')); // prettier-ignore
  return (address === '::1' || address.startsWith('127.')) && !isForwarded;
}

/** A request as its carrier made it. */
export const carrierRequest = (
  { method = 'GET', url = '/', headers }: IncomingMessage,
  publicUrl: string,
  body: Buffer = Buffer.alloc(0),
): CarrierRequest => ({ method, url: publicUrl + url, headers, body });

export function answer(
  response: ServerResponse,
  status: number,
  type = 'text/plain',
  body: string | Uint8Array = '',
): void {
  const length = { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, body.length === 0 ? length : { 'content-type': type, ...length }).end(body);
}
