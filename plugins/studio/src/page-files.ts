import { readdir, readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { UndertoneError } from 'undertone';

/** Where `npm run build` puts the page. */
const FOLDER = new URL('../dist/page/', import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Nothing but the page's own files, and nobody frames it. What it plays and saves, it makes itself: hence `blob:`. */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'permissions-policy': 'microphone=(self), camera=(), geolocation=()',
  'cache-control': 'no-cache',
};

/** The page as it was built: read once, for nothing of it changes while the host runs. */
export class PageFiles {
  readonly #files: ReadonlyMap<string, Buffer>;

  private constructor(files: ReadonlyMap<string, Buffer>) {
    this.#files = files;
  }

  /** @throws UndertoneError PLUGIN_INVALID where the page was not built */
  static async load(): Promise<PageFiles> {
    const names = await readdir(FOLDER).catch((): string[] => []);
    if (!names.includes('index.html')) {
      throw new UndertoneError('PLUGIN_INVALID', {
        subject: 'The studio',
        problem: 'has no page that was built',
        remedy: 'Run: npm run build.',
      });
    }
    const files = await Promise.all(names.map(async (name) => [name, await readFile(new URL(name, FOLDER))] as const));
    return new PageFiles(new Map(files));
  }

  /** @param path after `/plugins/studio` */
  answer(path: string, response: ServerResponse): void {
    const name = path === '/' ? 'index.html' : path.slice(1);
    const body = this.#files.get(name);
    const type = TYPES[extname(name)];
    if (body === undefined || type === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('There is nothing here.\n');
      return;
    }
    response.writeHead(200, { ...HEADERS, 'content-type': type, 'content-length': body.length }).end(body);
  }
}
