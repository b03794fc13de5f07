import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a request for a path is answered with, instead of the file; return false to have the file sent after all. */
type Trouble = (request: IncomingMessage, response: ServerResponse, body: Uint8Array) => boolean;

/** A real HTTP server for files in memory, with byte ranges, and with trouble where a test wants it. */
export interface FileServer {
  readonly url: string;
  /** Every request so far: path and range. */
  readonly requests: { path: string; range: string | undefined }[];
  readonly close: () => Promise<void>;
}

/** Serves the files by their paths (without the first slash). */
export async function serveFiles(
  files: Readonly<Record<string, Uint8Array | string>>,
  trouble: Trouble = () => false,
): Promise<FileServer> {
  const requests: FileServer['requests'] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!.slice(1));
    const { range } = request.headers;
    requests.push({ path, range });
    const file = files[path];
    if (file === undefined) {
      response.writeHead(404).end('no such file');
      return;
    }
    const body = Buffer.from(file);
    if (trouble(request, response, body)) return;
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (range === undefined) response.writeHead(200, { 'content-length': body.length }).end(body);
    else if (from >= body.length) response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
    else {
      const contentRange = `bytes ${from}-${body.length - 1}/${body.length}`;
      response.writeHead(206, { 'content-range': contentRange, 'content-length': body.length - from });
      response.end(body.subarray(from));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
