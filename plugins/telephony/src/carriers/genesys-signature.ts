import { headerOf, hmac, isSame, type CarrierRequest, type Verified } from './carrier.ts';

/** One signature: its label, the components it covers, its parameters; strings without escapes, as Genesys writes them. */
const INPUT = /^([a-z*][\w.*-]*)=(\(("[^"\\]+"(?: "[^"\\]+")*)\)((?:;[a-z]+=(?:"[^"\\]*"|\d{1,15}))+))$/;
const MUST_COVER = [
  '@request-target',
  '@authority',
  'audiohook-organization-id',
  'audiohook-session-id',
  'audiohook-correlation-id',
  'x-api-key',
];
const LONGEST_S = 30;
const SKEW_S = 3;

/**
 * Verifies an upgrade request of AudioHook: HTTP message signatures (draft-ietf-httpbis-message-signatures), HMAC-SHA256 with
 * the client secret, and the API key.
 * @param secret the client secret as Genesys has it: base64
 */
export function verifyAudioHook(
  request: CarrierRequest,
  { apiKey, secret }: { readonly apiKey: string; readonly secret: string },
  nowMs: number,
): Verified | undefined {
  if (!isSame(headerOf(request, 'x-api-key') ?? '', apiKey)) return undefined;
  const [, label, input, listed, written] = INPUT.exec(headerOf(request, 'signature-input') ?? '') ?? [];
  if (label === undefined || input === undefined || listed === undefined || written === undefined) return undefined;
  const components = listed.split(' ').map((name) => name.slice(1, -1));
  const parameters = parametersOf(written);
  if (!MUST_COVER.every((name) => components.includes(name)) || !isNow(parameters, nowMs)) return undefined;
  if (parameters.get('keyid') !== apiKey || (parameters.get('alg') ?? 'hmac-sha256') !== 'hmac-sha256')
    return undefined;
  const lines: string[] = [];
  for (const name of new Set(components)) {
    const value = valueOf(request, name);
    if (value === undefined) return undefined;
    lines.push(`"${name}": ${value}`);
  }
  if (lines.length !== components.length) return undefined;
  const right = hmac('sha256', Buffer.from(secret, 'base64'), [...lines, `"@signature-params": ${input}`].join('\n'));
  const given = `${label}=:${right.toString('base64')}:`;
  if (!isSame(headerOf(request, 'signature') ?? '', given)) return undefined;
  return { once: parameters.get('nonce') ?? given };
}

function parametersOf(written: string): Map<string, string> {
  const found = written.matchAll(/;([a-z]+)=(?:"([^"]*)"|(\d+))/g);
  return new Map(Array.from(found, ([, name = '', text, number]) => [name, text ?? number ?? '']));
}

function isNow(parameters: ReadonlyMap<string, string>, nowMs: number): boolean {
  const nowS = nowMs / 1_000;
  const created = Number(parameters.get('created') ?? Number.NaN);
  const expires = Number(parameters.get('expires') ?? Infinity);
  return created <= nowS + SKEW_S && nowS - created <= LONGEST_S && nowS <= expires + SKEW_S;
}

function valueOf(request: CarrierRequest, name: string): string | undefined {
  const { host, pathname, search } = new URL(request.url);
  if (name === '@authority') return host;
  if (name === '@request-target') return pathname + search;
  if (name === '@path') return pathname;
  if (name === '@method') return request.method;
  return name.startsWith('@') ? undefined : headerOf(request, name)?.trim();
}
