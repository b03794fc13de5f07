import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { download } from '../../../src/corpora/fetching/download.ts';
import { temporaryFolder } from '../../helpers/command-line.ts';
import { serveFiles, type FileServer } from '../../helpers/file-server.ts';

const BODY = randomBytes(300_000);
const MD5 = { algorithm: 'md5', hex: createHash('md5').update(BODY).digest('hex') } as const;
const HASTY = { attempts: 3, delayMs: 1, silenceMs: 5_000 };

let server: FileServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const target = (): string => join(temporaryFolder(), 'deeper', 'file.bin');
const start = async (...args: Parameters<typeof serveFiles>): Promise<FileServer> =>
  (server = await serveFiles(...args));

describe('a download', () => {
  test('comes whole, is checked, tells its progress, and is not repeated', async () => {
    const { url, requests } = await start({ 'file.bin': BODY });
    const path = target();
    const seen: number[] = [];
    const onBytes = (bytes: number): void => void seen.push(bytes);
    await download(`${url}/file.bin`, path, { checksum: MD5, onBytes, retry: HASTY });
    expect(readFileSync(path).equals(BODY)).toBe(true);
    expect(seen.at(-1)).toBe(BODY.length);
    expect(existsSync(`${path}.partial`)).toBe(false);
    await download(`${url}/file.bin`, path, { checksum: MD5 });
    expect(requests).toHaveLength(1);
  });

  test('goes on where the connection broke', async () => {
    let breaks = 2;
    const { url, requests } = await start({ 'file.bin': BODY }, (request, response, body) => {
      if (breaks-- <= 0) return false;
      const from = Number(/\d+/.exec(request.headers.range ?? '0')![0]);
      const head = {
        'content-length': body.length - from,
        'content-range': `bytes ${from}-${body.length - 1}/${body.length}`,
      };
      response.writeHead(from === 0 ? 200 : 206, head);
      // Long enough for the client to write down what came: what it has not read when a connection breaks is lost.
      response.write(body.subarray(from, from + 100_000), () => setTimeout(() => response.destroy(), 200));
      return true;
    });
    const path = target();
    await download(`${url}/file.bin`, path, { checksum: MD5, retry: HASTY });
    expect(readFileSync(path).equals(BODY)).toBe(true);
    expect(requests.map(({ range }) => range)).toEqual([undefined, 'bytes=100000-', 'bytes=200000-']);
  });

  test('goes on in a later call, and notices where nothing is left to fetch', async () => {
    const { url, requests } = await start({ 'file.bin': BODY });
    for (const there of [120_000, BODY.length]) {
      const path = target();
      mkdirSync(join(path, '..'));
      writeFileSync(`${path}.partial`, BODY.subarray(0, there));
      await download(`${url}/file.bin`, path, { checksum: MD5, retry: HASTY });
      expect(readFileSync(path).equals(BODY)).toBe(true);
    }
    expect(requests.map(({ range }) => range)).toEqual(['bytes=120000-', `bytes=${BODY.length}-`]);
  });

  test('starts again where the server knows no ranges, and where the rest is of another file', async () => {
    const { url } = await start({ 'file.bin': BODY, 'plain.bin': BODY }, (request, response, body) => {
      if (request.url === '/plain.bin') response.writeHead(200).end(body);
      return request.url === '/plain.bin';
    });
    for (const name of ['plain.bin', 'file.bin']) {
      const path = target();
      mkdirSync(join(path, '..'));
      // As long as a part of it, and wrong: the checksum finds it, and the second attempt starts from nothing.
      writeFileSync(`${path}.partial`, new Uint8Array(1_000));
      await download(`${url}/${name}`, path, { checksum: MD5, retry: HASTY });
      expect(readFileSync(path).equals(BODY)).toBe(true);
    }
    // Longer than the file: no range of it can be served.
    const path = target();
    mkdirSync(join(path, '..'));
    writeFileSync(`${path}.partial`, new Uint8Array(BODY.length + 5));
    await download(`${url}/file.bin`, path, { checksum: MD5, retry: HASTY });
    expect(readFileSync(path).equals(BODY)).toBe(true);
  });

  test('tries again after 503 and 429, waiting as long as the server asks', async () => {
    const answers = [503, 429];
    const { url, requests } = await start({ 'file.bin': BODY }, (_, response) => {
      const status = answers.shift();
      if (status === undefined) return false;
      response.writeHead(status, status === 429 ? { 'retry-after': '0.3' } : {}).end();
      return true;
    });
    const path = target();
    const started = performance.now();
    await download(`${url}/file.bin`, path, { checksum: MD5, retry: HASTY });
    expect(requests).toHaveLength(3);
    expect(performance.now() - started).toBeGreaterThan(295);
  });

  test('gives up on a server that keeps failing, and at once on 404', async () => {
    const { url, requests } = await start({ 'file.bin': BODY }, (_, response) => {
      response.writeHead(500).end();
      return true;
    });
    const failing = download(`${url}/file.bin`, target(), { retry: HASTY });
    await expect(failing).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED', retryable: true });
    await expect(failing).rejects.toThrow(/answers 500 .*3 times in a row.*goes on where it stopped/);
    expect(requests).toHaveLength(3);
    await expect(download(`${url}/none`, target(), { retry: HASTY })).rejects.toThrow(/none: the server answers 404/);
    expect(requests).toHaveLength(4);
  });

  test('refuses what is not what was published, after a second attempt', async () => {
    const { url, requests } = await start({ 'file.bin': BODY });
    const path = target();
    const wrong = download(`${url}/file.bin`, path, { checksum: { ...MD5, hex: '0'.repeat(32) }, retry: HASTY });
    await expect(wrong).rejects.toMatchObject({ code: 'DOWNLOAD_CORRUPT' });
    await expect(wrong).rejects.toThrow(new RegExp(`has the MD5 ${MD5.hex}, published is 0000`));
    expect(requests.map(({ range }) => range)).toEqual([undefined, undefined]);
    expect(existsSync(path)).toBe(false);
  });

  test('leaves a server that falls silent, and says so', async () => {
    const { url } = await start({ 'file.bin': BODY }, (_, response, body) => {
      response.writeHead(200, { 'content-length': body.length }).write(body.subarray(0, 1_000));
      return true;
    });
    const silent = download(`${url}/file.bin`, target(), { retry: { attempts: 2, delayMs: 1, silenceMs: 60 } });
    await expect(silent).rejects.toThrow(/sends nothing for 0.06 s, 2 times in a row/);
  });

  test('says that nobody answers', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const refused = download(`http://127.0.0.1:${port}/x`, target(), { retry: HASTY });
    await expect(refused).rejects.toThrow(/the connection fails \(ECONNREFUSED\)/);
  });

  test('says where it cannot write, and keeps quiet about the network', async () => {
    const { url } = await start({ 'file.bin': BODY });
    const unwritable = { code: 'OUTPUT_UNWRITABLE' };
    await expect(download(`${url}/file.bin`, join(import.meta.filename, 'file.bin'))).rejects.toMatchObject(unwritable);
    // A device that is always full.
    if (process.platform !== 'linux') return;
    const path = target();
    mkdirSync(join(path, '..'));
    symlinkSync('/dev/full', `${path}.partial`);
    const full = download(`${url}/file.bin`, path, { retry: HASTY });
    await expect(full).rejects.toMatchObject(unwritable);
    await expect(full).rejects.toThrow(/cannot be written \(ENOSPC\).*the disk has room/);
  });

  test('stops when it is told to', async () => {
    const stop = new AbortController();
    const { url } = await start({ 'file.bin': BODY }, (_, response, body) => {
      response.writeHead(200, { 'content-length': body.length }).write(body.subarray(0, 1_000));
      setTimeout(() => {
        stop.abort(new Error('told to'));
      }, 20);
      return true;
    });
    const stopped = download(`${url}/file.bin`, target(), { signal: stop.signal, retry: HASTY });
    await expect(stopped).rejects.toThrow('told to');
  });
});
