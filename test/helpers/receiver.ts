// The web service of somebody to whom annotations are posted, signed.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A web service to which annotations are posted. */
export interface Receiver {
  readonly url: string;
  /** What came and was taken, by idempotency key. */
  readonly posts: Map<
    string,
    { readonly times: number; readonly body: { kind: string; content: Record<string, unknown> } }
  >;
  /** The statuses with which it answers next; then 204. `timeout` answers nothing, but takes it. */
  readonly webhookFaults: (number | 'timeout')[];
  close(): void;
}

/** Starts one; it takes what it is not told to refuse. */
export async function startReceiver(): Promise<Receiver> {
  const posts: Receiver['posts'] = new Map();
  const webhookFaults: Receiver['webhookFaults'] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const key = request.headers['idempotency-key'] as string;
      const fault = webhookFaults.shift() ?? 204;
      if (fault === 204 || fault === 'timeout') {
        posts.set(key, { times: (posts.get(key)?.times ?? 0) + 1, body: body as never });
      }
      if (fault !== 'timeout') response.writeHead(fault).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    ...{ posts, webhookFaults },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
