import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isWebhookSignature, postSigned, webhookSignature } from '../../../src/calls/index.ts';

const ANNOTATION = { id: 'a', sessionId: 's', kind: 'alert', content: { message: 'Grüße' } } as const;
const KEY = { idempotencyKey: 'call-1', nowMs: 1_700_000_000_123 };

let server: Server;
let url: string;
let received: { headers: NodeJS.Dict<string | string[]>; body: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      const status = Number(request.url!.slice(1));
      if (status !== 0) response.writeHead(status, status === 302 ? { location: '/200' } : {}).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const post = (status: number, timeoutMs = 5_000): Promise<void> =>
  postSigned({ url: `${url}/${status}`, secret: 'sh', timeoutMs }, ANNOTATION, KEY);

test('what is posted carries its key and a signature that whoever knows the secret can check', async () => {
  received = [];
  await post(204);
  const [{ headers, body }] = received as [(typeof received)[0]];
  expect(JSON.parse(body)).toEqual(ANNOTATION);
  expect(headers).toMatchObject({ 'idempotency-key': 'call-1', 'x-undertone-timestamp': '1700000000' });
  const signature = headers['x-undertone-signature'] as string;
  // Made by: printf '1700000000.<body>' | openssl dgst -sha256 -hmac sh
  expect(signature).toBe('e06a25656b467752e3e0439de7de737fb877de34ff05057739ded4bb46a327d7');
  expect(isWebhookSignature(signature, 'sh', '1700000000', body)).toBe(true);
  expect(isWebhookSignature(signature, 'sh', '1700000001', body)).toBe(false);
  expect(isWebhookSignature(signature, 'other', '1700000000', body)).toBe(false);
  expect(isWebhookSignature('', 'sh', '1700000000', body)).toBe(false);
  expect(webhookSignature('sh', '1700000000', body)).toBe(signature);
});

test('what may pass is tried again, what will not is not', async () => {
  for (const status of [429, 500, 503, 408, 302]) {
    await expect(post(status)).rejects.toMatchObject({ code: 'PLUGIN_FAILED', retryable: true });
  }
  for (const status of [400, 401, 404, 410]) {
    await expect(post(status)).rejects.toMatchObject({ code: 'ANNOTATION_REFUSED', retryable: false });
  }
  await expect(post(0, 100)).rejects.toMatchObject({ code: 'PLUGIN_FAILED' });
  await expect(postSigned({ url: 'http://127.0.0.1:1', secret: 's' }, ANNOTATION, KEY)).rejects.toMatchObject({ code: 'PLUGIN_FAILED' }); // prettier-ignore
});
