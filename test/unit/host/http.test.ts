// The API over real sockets: what it answers, and what it refuses.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { HostServer, type Host, type HostSession } from '../../../src/host/index.ts';
import type { LiveEvent } from '../../../src/live/index.ts';
import { newStorePath, now, startHost, testPlatform, voicePackets } from '../../helpers/host.ts';
import { conversation } from '../../helpers/store-rows.ts';

const TOKENS = { viewer: 'v'.repeat(32), moderator: 'm'.repeat(32), admin: 'a'.repeat(32) };
const ANNA_PATH = `/v1/spaces/phone/line-1/speakers/${encodeURIComponent('anna#4711')}`;

let host: Host;
let server: HostServer;
let lines: string[];
const phone = testPlatform('phone', {
  mountAt: '/line',
  handleHttp(request, response, body) {
    if (request.url === '/broken') throw new Error('of anna#4711');
    response.end(`${request.url} ${body.length}`);
  },
  handleUpgrade(request, socket) {
    if (request.url === '/broken') throw new Error('of anna#4711');
    socket.end(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n${request.url}`);
  },
});

beforeAll(async () => {
  const http = {
    ...{ port: 0, allowedOrigins: ['https://board.example'], requestsPerMinute: 2000, largestBodyKiB: 16 },
    ...{ headersMs: 500, requestMs: 1000, heartbeatMs: 100, mostStreams: 4 },
  };
  const environment = {
    UNDERTONE_VIEWER_TOKEN: TOKENS.viewer,
    UNDERTONE_MODERATOR_TOKEN: TOKENS.moderator,
    UNDERTONE_ADMIN_TOKEN: TOKENS.admin,
  };
  const started = await startHost(newStorePath(), [phone], { http }, environment);
  ({ host, lines } = started);
  server = await HostServer.start(host);
  await host.store.write([...conversation('old'), ...conversation('gone')]);
});

afterAll(async () => {
  await host.stop();
  await server.close();
});

type Ask = Omit<RequestInit, 'headers'> & { token?: string | null; headers?: Record<string, string> };

async function ask(path: string, { token = TOKENS.admin, headers = {}, ...init }: Ask = {}) {
  const response = await fetch(server.url + path, {
    ...init,
    headers: { ...(token !== null && { authorization: `Bearer ${token}` }), ...headers },
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? (JSON.parse(text) as unknown) : null,
  };
}

const errorOf = (code: string): unknown => ({ error: { code, message: expect.any(String) } });
const post = (token = TOKENS.admin): Ask => ({ method: 'POST', token });

async function rawSocket(): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes and gives what comes back until the server closes. */
async function raw(bytes: string): Promise<string> {
  const socket = await rawSocket();
  let answer = '';
  socket.on('data', (data: Buffer) => (answer += data.toString()));
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

describe('answers', () => {
  const ASKED: Record<string, [path: string, init?: Ask, status?: number]> = {
    'get /healthz': ['/healthz', { token: null }],
    'get /readyz': ['/readyz', { token: null }],
    'get /openapi.json': ['/openapi.json', { token: null }],
    'get /v1/plugins': ['/v1/plugins'],
    'get /v1/sessions': ['/v1/sessions?platform=phone&limit=1&text=calls'],
    'get /v1/sessions/{id}': ['/v1/sessions/old'],
    'get /v1/sessions/{id}/summary': ['/v1/sessions/old/summary'],
    'delete /v1/sessions/{id}': ['/v1/sessions/gone', { method: 'DELETE' }],
    'post /v1/alerts/{id}/acknowledge': ['/v1/alerts/old-2/acknowledge', post(TOKENS.moderator)],
    'get /v1/spaces/{platform}/{space}/speakers/{speaker}/segments': [`${ANNA_PATH}/segments`],
    'get /v1/spaces/{platform}/{space}/consent': ['/v1/spaces/phone/line-1/consent'],
    'get /v1/spaces/{platform}/{space}/speakers/{speaker}/consent': [`${ANNA_PATH}/consent`],
    'post /v1/spaces/{platform}/{space}/speakers/{speaker}/withdraw': [`${ANNA_PATH}/withdraw`, post()],
    'post /v1/spaces/{platform}/{space}/speakers/{speaker}/purge': [`${ANNA_PATH}/purge`, post()],
  };

  test('every route is in the document, and every answer fits its schema', async () => {
    const { paths } = (await ask('/openapi.json')).json as { paths: Record<string, Record<string, never>> };
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(documented.sort()).toEqual(server.routes.map(({ method, path }) => `${method} ${path}`).sort());
    for (const route of server.routes) {
      if (route.answer.type !== 'application/json') continue;
      const [path, init, status = 200] = ASKED[`${route.method} ${route.path}`]!;
      const answer = await ask(path, init);
      expect([path, answer.status, answer.text]).toEqual([path, status, expect.any(String)]);
      z.parse(route.answer.schema, answer.json);
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'self'");
      expect(answer.headers.get('x-powered-by')).toBeNull();
    }
    expect((await ask(`${ANNA_PATH}/segments`)).json).toEqual({ segments: [] });
    expect(JSON.stringify(await host.store.session('old'))).not.toContain('anna');
  });

  test('sessions page by page', async () => {
    await host.store.write([...conversation('p1'), ...conversation('p2')]);
    interface Page {
      sessions: { id: string }[];
      cursor: string | null;
    }
    const first = (await ask('/v1/sessions?limit=1&platform=phone')).json as Page;
    const second = (await ask(`/v1/sessions?limit=1&platform=phone&cursor=${first.cursor}`)).json as Page;
    expect([first.sessions[0]!.id, second.sessions[0]!.id]).toEqual(['p2', 'p1']);
  });

  test('metrics are Prometheus’s text', async () => {
    const { status, text } = await ask('/metrics');
    expect(status).toBe(200);
    expect(text).toMatch(/^# TYPE undertone_sessions_open gauge\nundertone_sessions_open \d+$/m);
    expect(text).toContain('undertone_plugin_healthy{plugin="phone"} 1');
    for (const line of text.trim().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) \S+ .+|\w+(\{\w+="[^"]*"\})? [\d.e+]+)$/);
  });

  test('plugins answer under their own place, and are asked for no token', async () => {
    expect(await ask('/plugins/phone/hook?x=1', { ...post(), token: null, body: 'hello' })).toMatchObject({ status: 200, text: '/hook?x=1 5' }); // prettier-ignore
    expect(await ask('/plugins/phone/broken', { token: null })).toMatchObject({ status: 502, json: errorOf('PLUGIN_FAILED') }); // prettier-ignore
    expect((await ask('/plugins/other/hook')).status).toBe(404);
    expect((await ask('/plugins/phone/hook', { ...post(), body: 'x'.repeat(20_000) })).status).toBe(413);
    const upgrade = (path: string): string =>
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n`;
    expect(await raw(upgrade('/plugins/phone/media?a'))).toMatch(/^HTTP\/1.1 101 [^]*\/media\?a$/);
    expect(await raw(upgrade('/plugins/phone/broken'))).toBe('');
    expect(await ask('/line/hook?x=1', { ...post(), token: null, body: 'hello' })).toMatchObject({ status: 200, text: '/hook?x=1 5' }); // prettier-ignore
    expect(await raw(upgrade('/line/media?a'))).toMatch(/^HTTP\/1.1 101 [^]*\/media\?a$/);
    expect(await raw(upgrade('/lines/media'))).toMatch(/^HTTP\/1.1 404/);
    expect((await ask('/lines')).status).toBe(404);
    expect(await raw(upgrade('/v1/events'))).toMatch(/^HTTP\/1.1 404/);
    expect((await ask('/healthz')).status).toBe(200);
  });
});

describe('refusals', () => {
  test.each([
    ['no token', '/v1/sessions', { token: null }, 401, 'UNAUTHORISED'],
    ['a wrong token', '/v1/sessions', { token: 'x'.repeat(32) }, 401, 'UNAUTHORISED'],
    ['another scheme', '/v1/sessions', { token: null, headers: { authorization: 'Basic eDp5' } }, 401, 'UNAUTHORISED'],
    ['metrics without a token', '/metrics', { token: null }, 401, 'UNAUTHORISED'],
    ['a viewer who purges', `${ANNA_PATH}/purge`, post(TOKENS.viewer), 403, 'FORBIDDEN'],
    ['a moderator who deletes', '/v1/sessions/old', { method: 'DELETE', token: TOKENS.moderator }, 403, 'FORBIDDEN'],
    ['a viewer who reads consent', `${ANNA_PATH}/consent`, { token: TOKENS.viewer }, 403, 'FORBIDDEN'],
    ['another origin', '/v1/sessions', { headers: { origin: 'https://evil.example' } }, 403, 'WRONG_ORIGIN'],
    ['origin null', `${ANNA_PATH}/purge`, { ...post(), headers: { origin: 'null' } }, 403, 'WRONG_ORIGIN'],
    ['a form of another site', '/v1/alerts/x/acknowledge', { ...post(), headers: { 'sec-fetch-site': 'cross-site' } }, 403, 'WRONG_ORIGIN'], // prettier-ignore
    ['a large body', '/v1/alerts/x/acknowledge', { ...post(), body: 'x'.repeat(20_000) }, 413, 'BODY_TOO_LARGE'],
    ['deep JSON', '/v1/alerts/x/acknowledge', { ...post(), body: '['.repeat(5000), headers: { 'content-type': 'application/json' } }, 400, 'TOO_DEEP'], // prettier-ignore
    ['broken JSON', '/v1/alerts/x/acknowledge', { ...post(), body: '{"a":', headers: { 'content-type': 'application/json' } }, 400, 'BAD_JSON'], // prettier-ignore
    ['a form', '/v1/alerts/x/acknowledge', { ...post(), body: 'a=1', headers: { 'content-type': 'text/plain' } }, 415, 'UNSUPPORTED_TYPE'], // prettier-ignore
    ['a body where there is none', '/v1/alerts/x/acknowledge', { ...post(), body: '{"__proto__":{"a":1}}', headers: { 'content-type': 'application/json' } }, 400, 'INVALID_INPUT'], // prettier-ignore
    ['an unknown filter', '/v1/sessions?plattform=x', {}, 400, 'INVALID_INPUT'],
    ['a filter twice', '/v1/sessions?space=a&space=b', {}, 400, 'INVALID_INPUT'],
    ['a filter __proto__', '/v1/sessions?__proto__=a', {}, 400, 'INVALID_INPUT'],
    ['a wrong cursor', '/v1/sessions?cursor=x', {}, 400, 'STORE_INVALID'],
    ['a path that climbs', '/v1/sessions/..%2f..%2f..%2fetc%2fpasswd', {}, 404, 'NOT_FOUND'],
    ['a plugin that climbs', '/plugins/..%2f..%2fpackage.json', {}, 404, 'NOT_FOUND'],
    ['half an escape', '/v1/sessions/%zz', {}, 400, 'BAD_REQUEST'],
    ['headers in a path', '/v1/sessions/x%0d%0aset-cookie:%20a=b', {}, 404, 'NOT_FOUND'],
    ['an alert that is none', '/v1/alerts/x/acknowledge', post(), 404, 'NOT_FOUND'],
    ['a wrong method', '/v1/sessions', { method: 'PUT' }, 405, 'METHOD_NOT_ALLOWED'],
    ['nothing there', '/admin', {}, 404, 'NOT_FOUND'],
  ] as [string, string, Ask, number, string][])('%s', async (_, path, init, status, code) => {
    const answer = await ask(path, init);
    expect([answer.status, answer.json]).toEqual([status, errorOf(code)]);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.text).not.toMatch(/at .*\.ts|node_modules/);
  });

  test('a name that was pointed at this machine', async () => {
    const answer = await raw(`GET /v1/sessions HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nAuthorization: Bearer ${TOKENS.admin}\r\n\r\n`); // prettier-ignore
    expect(answer).toMatch(/^HTTP\/1.1 403 [^]*WRONG_HOST/);
  });

  test.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    ['a length and chunks', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a header with a line in it', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n'],
    ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`],
  ])('%s', async (_, bytes) => {
    expect(await raw(bytes)).toMatch(/^HTTP\/1.1 4(00|31) /);
    expect((await ask('/healthz')).status).toBe(200);
  });

  test('requests that trickle in are cut off', async () => {
    const begun = performance.now();
    const [headers, body] = await Promise.all([
      raw('GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: '),
      raw(`POST /v1/alerts/x/acknowledge HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TOKENS.admin}\r\nContent-Length: 9\r\n\r\n{`), // prettier-ignore
    ]);
    expect(headers).toMatch(/^HTTP\/1.1 408 /);
    expect(body).toMatch(/^HTTP\/1.1 408 |^$/);
    expect(performance.now() - begun).toBeLessThan(5000);
    expect((await ask('/healthz')).status).toBe(200);
  });

  test('an allowed origin may ask, and its browser is told so', async () => {
    const origin = 'https://board.example';
    expect((await ask('/v1/sessions', { headers: { origin } })).headers.get('access-control-allow-origin')).toBe(
      origin,
    );
    expect((await ask('/v1/sessions', { method: 'OPTIONS', token: null, headers: { origin } })).status).toBe(204);
  });

  test('what went wrong inside names nobody, in answers and in the log', () => {
    expect(lines.join('\n')).not.toContain('anna');
  });
});

describe('live events', () => {
  const streamed = async (path: string, headers: Record<string, string> = {}) => {
    const abort = new AbortController();
    const response = await fetch(server.url + path, {
      headers: { authorization: `Bearer ${TOKENS.viewer}`, ...headers },
      signal: abort.signal,
    });
    let text = '';
    const decoder = new TextDecoder();
    const over = (async () => {
      for await (const chunk of response.body!) text += decoder.decode(chunk as Uint8Array);
    })().catch(() => undefined);
    const events = (): LiveEvent[] =>
      [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data!) as LiveEvent);
    return { response, over, events, text: () => text, leave: () => (abort.abort(), over) };
  };

  async function talk(): Promise<{ session: HostSession; finish: () => Promise<unknown> }> {
    const session = phone.host().openSession({ space: 'line-9' });
    await session.noticeGiven('a panel');
    const track = await session.openTrack({ speaker: 'carl#3', role: 'participant' }, { codec: 'opus' });
    return {
      session,
      async finish() {
        for (const packet of voicePackets(3, 180)) track.write(now(packet));
        return session.end();
      },
    };
  }

  test('a session is heard to its end, and gone on with after a break', async () => {
    const { session, finish } = await talk();
    const all = await streamed('/v1/events');
    const own = await streamed(`/v1/sessions/${session.id}/events`);
    expect((await ask(`/v1/sessions/${session.id}`, { method: 'DELETE' })).status).toBe(409);
    expect((await ask(`/v1/sessions/${session.id}/summary`)).json).toMatchObject({ sessionId: session.id });
    await sleep(250);
    await finish();
    await own.over;
    expect(own.events()[0]!.type).toBe('speechStart');
    expect(own.events().at(-1)).toMatchObject({ type: 'summary', isFinal: true });
    expect(own.text()).toContain(': still here');
    await sleep(50);
    expect(all.events()).toEqual(own.events());
    await all.leave();
    const rest = await streamed('/v1/events', { 'last-event-id': `${session.id}/2` });
    await sleep(50);
    expect(rest.events()).toEqual(own.events().slice(2));
    await rest.leave();

    await host.consent.withdraw({ platform: 'phone', space: 'line-9', speaker: 'carl#3' }, { by: 'test' });
    const none = await streamed('/v1/events', { 'last-event-id': `${session.id}/2` });
    await sleep(50);
    expect(none.events()).toEqual([]);
    await none.leave();
    expect((await ask(`/v1/sessions/${session.id}/events`)).status).toBe(404);
  });

  test('a reader who never reads is cut off, and nobody else', async () => {
    const socket = await rawSocket();
    socket.pause();
    socket.write(`GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TOKENS.viewer}\r\n\r\n`);
    await sleep(100);
    const other = await streamed('/v1/events');
    const event: LiveEvent = {
      type: 'alert',
      ...{ sessionId: 's', sequence: 1, mediaMs: 0, arrivedAtMs: 0, rule: 'r', speaker: null },
      ...{ trackId: null, message: 'x'.repeat(10_000), startMs: 0, endMs: 0 },
    };
    for (let batch = 0; batch < 100; batch++) {
      for (let i = 0; i < 10; i++) host.events.emit(event);
      await sleep(2);
    }
    await sleep(100);
    expect((await ask('/metrics')).text).toContain('undertone_streams_cut_off_total 1');
    expect(other.events()).toHaveLength(1000);
    await other.leave();
    socket.destroy();
  });

  test('only so many streams are open at once', async () => {
    await sleep(50);
    const some = await Promise.all([1, 2, 3, 4].map(() => streamed('/v1/events')));
    expect(await ask('/v1/events')).toMatchObject({ status: 503, json: errorOf('TOO_MANY_STREAMS') });
    await Promise.all(some.map(({ leave }) => leave()));
  });
});

test('too many requests wait', async () => {
  let status = 200;
  for (let i = 0; i < 220 && status !== 429; i++) ({ status } = await ask('/metrics', { token: 'x'.repeat(32) }));
  expect(status).toBe(429);
  expect((await ask('/healthz')).headers.get('retry-after')).toMatch(/^\d+$/);
});
