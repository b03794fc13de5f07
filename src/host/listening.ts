import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { UndertoneError } from '../errors.ts';
import type { HostConfig } from './config.ts';
import { faultOf } from './host-log.ts';

/**
 * So many may wait to be let in: Node lets in one connection each time that it looks, and whoever finds the queue full asks
 * again after a second.
 */
const BACKLOG = 4_096;

/**
 * Sees that an address is free before a host is started: one that then could not listen would have taken the sessions
 * of the one that does for cut short.
 * @throws UndertoneError ADDRESS_UNAVAILABLE
 */
export async function requireFreeAddress(http: HostConfig['http']): Promise<void> {
  const probe = createServer();
  await listen(probe, http);
  probe.close();
  await once(probe, 'close');
}

/**
 * Listens where the configuration says.
 * @throws UndertoneError ADDRESS_UNAVAILABLE
 */
export async function listen(server: Server, { host, port }: HostConfig['http']): Promise<void> {
  try {
    server.listen({ port, host, backlog: BACKLOG });
    await once(server, 'listening');
  } catch (cause) {
    throw new UndertoneError('ADDRESS_UNAVAILABLE', {
      subject: `${host}:${port}`,
      problem: `cannot be listened on (${faultOf(cause)})`,
      remedy: `Choose another port (UNDERTONE_PORT=${port + 1}, or http.port in the configuration), or end what listens there.`,
      cause,
    });
  }
}
