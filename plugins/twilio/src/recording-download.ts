import { setTimeout as sleep } from 'node:timers/promises';
import { UndertoneError } from 'undertone';
import { redirected } from './rest-client.ts';
import type { Credentials, Settings } from './settings.ts';

/** Two hours on two channels. */
const MOST_BYTES = 256 * 1024 * 1024;
const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 1_000;
const TIMEOUT_MS = 120_000;

/**
 * Fetches a dual-channel recording with our credentials, into memory alone. Where it is not there yet, or Twilio is busy,
 * it is tried again after 1 s, 2 s, ... 16 s. Its address is made of ids: whatever a webhook says is not asked for.
 * @throws UndertoneError DOWNLOAD_FAILED
 */
export async function downloadRecording(
  recordingSid: string,
  { accountSid, authToken, apiKey, apiSecret }: Credentials,
  { apiUrl }: Pick<Settings, 'apiUrl'>,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const path = `2010-04-01/Accounts/${accountSid}/Recordings/${recordingSid}.wav?RequestedChannels=2`;
  const url = redirected(`https://api.twilio.com/${path}`, apiUrl);
  const user =
    apiKey !== undefined && apiSecret !== undefined ? `${apiKey}:${apiSecret}` : `${accountSid}:${authToken}`;
  const headers = { authorization: `Basic ${Buffer.from(user).toString('base64')}` };
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url, {
        headers,
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      if (response.ok) return await bytesOf(response);
      await response.body?.cancel();
      // 404: Twilio has said that it is there before all of its servers know.
      const isFinal = response.status < 500 && ![404, 408, 429].includes(response.status);
      throw failed(`answers ${response.status}`, isFinal);
    } catch (cause) {
      const isFinal = cause instanceof UndertoneError && cause.code === 'AUDIO_TOO_LARGE';
      if (isFinal || (cause as { final?: boolean }).final || attempt === ATTEMPTS || signal.aborted) throw cause;
      await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1), undefined, { signal });
    }
  }
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MOST_BYTES) {
      throw new UndertoneError('AUDIO_TOO_LARGE', { subject: 'A recording', problem: 'is larger than 256 MiB', remedy: 'Hear it with undertone predict.' }); // prettier-ignore
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function failed(problem: string, final: boolean): UndertoneError & { final: boolean } {
  const error = new UndertoneError('DOWNLOAD_FAILED', {
    subject: 'A recording at Twilio',
    problem,
    remedy: 'See whether the credentials are of its account.',
  });
  return Object.assign(error, { final });
}
