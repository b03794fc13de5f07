import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Scope } from './access.ts';
import { HttpError } from './http-error.ts';

/** What a handler is given: checked, with defaults filled in. */
export interface RouteInput<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

/** One thing that the API does. */
export interface Route {
  readonly method: 'get' | 'post' | 'delete';
  /** With parameters in braces, as OpenAPI writes them: `/v1/sessions/{id}`. */
  readonly path: string;
  readonly summary: string;
  /** null: for anybody. */
  readonly scope: Scope | null;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | null;
  /** Of what comes back: JSON of a schema, text of a type, or a stream of events. */
  readonly answer: RouteAnswer;
  answerTo(
    input: RouteInput<unknown, unknown, unknown>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void>;
}

export type RouteAnswer =
  | { readonly type: 'application/json'; readonly schema: z.ZodType }
  | { readonly type: 'text/plain' | 'text/event-stream' | 'image/png' };

const none = z.strictObject({});

interface RouteParts<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType> {
  readonly method: Route['method'];
  readonly path: string;
  readonly summary: string;
  readonly scope: Scope | null;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
}

type Input<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType> = RouteInput<
  z.output<Params>,
  z.output<Query>,
  z.output<Body>
>;

/** The same, of which nothing may be changed. */
type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

/** A route that answers with JSON. `handle` gives the answer, or with it another status than 200. */
export function jsonRoute<
  Params extends z.ZodObject = typeof none,
  Query extends z.ZodObject = typeof none,
  Body extends z.ZodType = z.ZodUndefined,
  Answer extends z.ZodType = z.ZodType,
>(
  parts: RouteParts<Params, Query, Body> & {
    readonly answer: Answer;
    handle(input: Input<Params, Query, Body>): Promise<Frozen<z.input<Answer>> | WithStatus<Frozen<z.input<Answer>>>>;
  },
): Route {
  return {
    ...defaults(parts),
    answer: { type: 'application/json', schema: parts.answer },
    async answerTo(input, _, response) {
      const result = await parts.handle(input as Input<Params, Query, Body>);
      const { status, answer } = result instanceof WithStatus ? result : { status: 200, answer: result };
      sendJson(response, status, answer);
    },
  };
}

/** A route that writes its answer itself. */
export function rawRoute<Params extends z.ZodObject = typeof none, Query extends z.ZodObject = typeof none>(
  parts: RouteParts<Params, Query, z.ZodUndefined> & {
    readonly type: 'text/plain' | 'text/event-stream' | 'image/png';
    handle(
      input: Input<Params, Query, z.ZodUndefined>,
      request: IncomingMessage,
      response: ServerResponse,
    ): Promise<void>;
  },
): Route {
  return {
    ...defaults(parts),
    answer: { type: parts.type },
    answerTo: (input, request, response) =>
      parts.handle(input as Input<Params, Query, z.ZodUndefined>, request, response),
  };
}

/** An answer that is not simply a 200. */
export class WithStatus<Answer> {
  readonly status: number;
  readonly answer: Answer;

  constructor(status: number, answer: Answer) {
    this.status = status;
    this.answer = answer;
  }
}

function defaults({
  method,
  path,
  summary,
  scope,
  params,
  query,
  body,
}: RouteParts<z.ZodObject, z.ZodObject, z.ZodType>): Omit<Route, 'answer' | 'answerTo'> {
  return { method, path, summary, scope, params: params ?? none, query: query ?? none, body: body ?? null };
}

export function sendJson(response: ServerResponse, status: number, answer: unknown): void {
  const body = Buffer.from(JSON.stringify(answer));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
  });
  response.end(body);
}

/**
 * Checks what a request says.
 * @throws HttpError 400 that names the first thing that is wrong
 */
export function parseInput(
  route: Route,
  { params, query, body }: RouteInput<unknown, unknown, unknown>,
): RouteInput<unknown, unknown, unknown> {
  const check = (where: string, schema: z.ZodType, value: unknown): unknown => {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const issue = result.error.issues[0]!;
    const at = [where, ...issue.path.map(String)].join('.');
    // The name of an unknown key is not repeated: whoever sent it knows it.
    const message = issue.code === 'unrecognized_keys' ? 'has something in it that is not known' : issue.message;
    throw new HttpError(400, 'INVALID_INPUT', `${at}: ${message}`);
  };
  return {
    params: check('path', route.params, params),
    query: check('query', route.query, query),
    body: check('body', route.body ?? z.undefined('must be empty'), body),
  };
}
