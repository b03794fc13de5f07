import { z } from 'zod';
import {
  consentAnswer,
  healthAnswer,
  pluginsAnswer,
  purgeAnswer,
  readyAnswer,
  segmentsAnswer,
  sessionAnswer,
  sessionsAnswer,
  summaryAnswer,
} from './answers.ts';
import type { EventStreaming } from './event-streaming.ts';
import type { Host } from './host.ts';
import { HttpError, notFound } from './http-error.ts';
import { metricsText, type RequestCounts } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { drawPng } from '../pictures/index.ts';
import { sessionPicture } from './session-picture.ts';
import { jsonRoute, rawRoute, WithStatus, type Route } from './route.ts';

const text = z.string().min(1).max(512);
const time = z.coerce.number().min(0);
const sessionId = z.strictObject({ id: text });
const space = z.strictObject({ platform: text, space: text });
const speaker = space.extend({ speaker: text });

const sessionFilter = z.strictObject({
  platform: text.optional(),
  space: text.optional(),
  state: z.enum(['open', 'ended', 'interrupted']).optional(),
  fromMs: time.optional(),
  toMs: time.optional(),
  speaker: text.optional(),
  text: text.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: text.optional(),
});

/** What there is under the names that are given; names without anything are left out. */
function given<T extends object>(values: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

/** All that the API does. Everything in it comes from `Host`; nothing is kept here. */
export function apiRoutes(host: Host, streaming: EventStreaming, counts: () => RequestCounts): Route[] {
  const routes = [
    ...operationRoutes(host, streaming, counts),
    ...sessionRoutes(host, streaming),
    ...speakerRoutes(host),
  ];
  routes.push(
    jsonRoute({
      ...{ method: 'get', path: '/openapi.json', scope: null, summary: 'This document.' },
      answer: z.record(z.string(), z.unknown()),
      handle: () => Promise.resolve(openApiDocument(routes)),
    }),
  );
  return routes;
}

function operationRoutes(host: Host, streaming: EventStreaming, counts: () => RequestCounts): Route[] {
  return [
    jsonRoute({
      ...{ method: 'get', path: '/healthz', scope: null, summary: 'Whether the process lives.' },
      answer: healthAnswer,
      handle: () => Promise.resolve({ status: 'ok' as const }),
    }),
    jsonRoute({
      ...{ method: 'get', path: '/readyz', scope: null, summary: 'Whether it can serve: 503 where it cannot.' },
      answer: readyAnswer,
      async handle() {
        const store = await host.store.sessions({}, { limit: 1 }).then(
          () => true,
          () => false,
        );
        const draining = host.isStopping;
        const isReady = store && !draining;
        const answer = { status: isReady ? ('ready' as const) : ('not-ready' as const), store, draining };
        return new WithStatus(isReady ? 200 : 503, answer);
      },
    }),
    rawRoute({
      ...{ method: 'get', path: '/metrics', scope: 'viewer', summary: 'What goes on, for Prometheus.' },
      type: 'text/plain',
      handle(_, __, response) {
        response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
        response.end(metricsText(host, streaming, counts()));
        return Promise.resolve();
      },
    }),
    jsonRoute({
      ...{ method: 'get', path: '/v1/plugins', scope: 'viewer', summary: 'The plugins, and how they are.' },
      answer: pluginsAnswer,
      handle: () =>
        Promise.resolve({
          plugins: host.plugins.map(({ name, health, plugin: { capabilities } }) => ({ name, health, capabilities })),
        }),
    }),
  ];
}

function sessionRoutes(host: Host, streaming: EventStreaming): Route[] {
  const { store, engine } = host;
  return [
    jsonRoute({
      ...{ method: 'get', path: '/v1/sessions', scope: 'viewer', summary: 'Sessions, the newest first.' },
      query: sessionFilter,
      answer: sessionsAnswer,
      handle: ({ query: { limit, cursor, ...filter } }) => store.sessions(given(filter), given({ limit, cursor })),
    }),
    jsonRoute({
      ...{ method: 'get', path: '/v1/sessions/{id}', scope: 'viewer' },
      summary: 'A session with all that was heard in it; the last second of one that goes on may be missing.',
      params: sessionId,
      answer: sessionAnswer,
      async handle({ params: { id } }) {
        const record = await store.session(id);
        if (!record) throw notFound();
        return record;
      },
    }),
    jsonRoute({
      ...{ method: 'get', path: '/v1/sessions/{id}/summary', scope: 'viewer' },
      summary: 'What was heard in a session; of one that goes on, so far.',
      params: sessionId,
      answer: summaryAnswer,
      async handle({ params: { id } }) {
        const summary = engine.sessions.get(id)?.summary() ?? (await store.session(id))?.session.summary;
        if (!summary) throw notFound();
        return summary;
      },
    }),
    rawRoute({
      ...{ method: 'get', path: '/v1/sessions/{id}/picture', scope: 'viewer', type: 'image/png' },
      summary: 'Who sounded how over the time of a session, as a picture.',
      params: sessionId,
      async handle({ params: { id } }, _, response) {
        const record = await store.session(id);
        if (!record) throw notFound();
        response.setHeader('content-type', 'image/png').end(await drawPng(sessionPicture(record)));
      },
    }),
    jsonRoute({
      ...{ method: 'delete', path: '/v1/sessions/{id}', scope: 'admin' },
      summary: 'Deletes a session with all that was heard in it; 409 while it goes on.',
      params: sessionId,
      answer: z.strictObject({ deleted: z.literal(true) }),
      async handle({ params: { id } }) {
        if (engine.sessions.has(id)) throw new HttpError(409, 'SESSION_OPEN', 'The session goes on: end it first.');
        if (!(await store.deleteSession(id))) throw notFound();
        return { deleted: true as const };
      },
    }),
    rawRoute({
      ...{ method: 'get', path: '/v1/sessions/{id}/events', scope: 'viewer', type: 'text/event-stream' },
      summary: 'What a session says, while it goes on. Last-Event-ID goes on after an event.',
      params: sessionId,
      handle({ params: { id } }, request, response) {
        if (!engine.sessions.has(id)) throw notFound();
        streaming.stream(request, response, id);
        return Promise.resolve();
      },
    }),
    rawRoute({
      ...{ method: 'get', path: '/v1/events', scope: 'viewer', type: 'text/event-stream' },
      summary: 'What all sessions say. Last-Event-ID goes on after an event.',
      handle(_, request, response) {
        streaming.stream(request, response);
        return Promise.resolve();
      },
    }),
    jsonRoute({
      ...{ method: 'post', path: '/v1/alerts/{id}/acknowledge', scope: 'moderator' },
      summary: 'Says that somebody has seen an alert; the first time counts.',
      params: sessionId,
      answer: z.strictObject({ acknowledged: z.literal(true) }),
      async handle({ params: { id } }) {
        if (!(await store.acknowledgeAlert(id, host.clock()))) throw notFound();
        return { acknowledged: true as const };
      },
    }),
  ];
}

function speakerRoutes(host: Host): Route[] {
  const { store } = host;
  const ofSpeaker = '/v1/spaces/{platform}/{space}/speakers/{speaker}';
  return [
    jsonRoute({
      ...{ method: 'get', path: `${ofSpeaker}/segments`, scope: 'viewer' },
      summary: 'What was heard of a speaker in all sessions of a space, in the order of time.',
      params: speaker,
      query: z.strictObject({
        fromMs: time.default(0),
        toMs: time.default(Number.MAX_SAFE_INTEGER),
        limit: z.coerce.number().int().min(1).max(10_000).default(1000),
      }),
      answer: segmentsAnswer,
      handle: async ({ params, query }) => ({ segments: await store.speakerSegments(params, query) }),
    }),
    jsonRoute({
      ...{ method: 'get', path: '/v1/spaces/{platform}/{space}/consent', scope: 'moderator' },
      summary: 'Of each speaker in a space, the last thing that changed their consent.',
      params: space,
      answer: consentAnswer,
      handle: async ({ params }) => ({ entries: await store.consents(params.platform, params.space) }),
    }),
    jsonRoute({
      ...{ method: 'get', path: `${ofSpeaker}/consent`, scope: 'moderator' },
      summary: 'The audit log of a speaker.',
      params: speaker,
      answer: consentAnswer,
      handle: async ({ params }) => ({ entries: await store.consentLog(params) }),
    }),
    jsonRoute({
      ...{ method: 'post', path: `${ofSpeaker}/withdraw`, scope: 'moderator' },
      summary: 'From now on, a speaker is not heard any more.',
      params: speaker,
      answer: z.strictObject({ withdrawn: z.literal(true) }),
      async handle({ params }) {
        await host.consent.withdraw(params, { by: 'api' });
        return { withdrawn: true as const };
      },
    }),
    jsonRoute({
      ...{ method: 'post', path: `${ofSpeaker}/purge`, scope: 'admin' },
      summary: 'Withdraws a speaker’s consent and deletes all that is kept of them.',
      params: speaker,
      answer: purgeAnswer,
      async handle({ params }) {
        const { purged, failed } = await host.purge(params, 'api');
        const answer = { purged: [...purged], failed: failed.map(({ name }) => name) };
        return new WithStatus(failed.length === 0 ? 200 : 503, answer);
      },
    }),
  ];
}
