// Twilio's REST API as far as Undertone uses it: over HTTP, with authentication, idempotency and faults.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newSid } from '../../../plugins/twilio/src/simulator/simulated-call.ts';

/** What goes wrong with the next request of a kind: before it takes effect, or after. */
export type Fault = '429' | '500' | 'timeout' | 'timeout-after';

interface Resource {
  sid: string;
  [name: string]: unknown;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  readonly ifMatch: string | undefined;
}

interface Reply {
  readonly status: number;
  readonly body?: object | Buffer;
  readonly headers?: Record<string, string>;
}

const notFound: Reply = { status: 404, body: { code: 20404, message: 'not found', status: 404 } };

/** Twilio's servers, all at one place: `https://sync.twilio.com/v1` is `<url>/sync.twilio.com/v1`. */
export class FakeRestApi {
  readonly accountSid: string;
  readonly authToken: string;
  /** All requests that were let in, faults included. */
  readonly requests: { readonly method: string; readonly path: string; readonly status: number | 'timeout' }[] = [];
  readonly userDefinedMessages: { readonly callSid: string; readonly content: string }[] = [];
  /** Maps by their unique names, items by key. `changes` counts what their listeners are told. */
  readonly maps = new Map<string, Map<string, { data: unknown; revision: number; changes: number }>>();
  readonly tasks = new Map<string, { attributes: string; version: number; updates: number }>();
  /** Messages by conversation. */
  readonly conversations = new Map<string, Resource[]>();
  readonly recordings = new Map<string, Buffer>();
  readonly calls = new Map<string, { readonly from: string; readonly to: string; readonly direction: string }>();
  readonly numbers: Resource[] = [];
  readonly #faults: { readonly path: RegExp; readonly faults: Fault[] }[] = [];
  readonly #messageKeys = new Set<string>();
  readonly #server: Server;

  private constructor(accountSid: string, authToken: string) {
    this.accountSid = accountSid;
    this.authToken = authToken;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(accountSid = newSid('AC'), authToken = 'a'.repeat(32)): Promise<FakeRestApi> {
    const api = new FakeRestApi(accountSid, authToken);
    api.#server.listen(0, '127.0.0.1');
    await once(api.#server, 'listening');
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next requests to a path that matches go wrong, in this order. */
  fail(path: RegExp, ...faults: Fault[]): void {
    this.#faults.push({ path, faults });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks = await Array.fromAsync(incoming as AsyncIterable<Buffer>);
    const { pathname, searchParams } = new URL(incoming.url!, 'http://fake');
    const { method = '' } = incoming;
    const expected = `Basic ${Buffer.from(`${this.accountSid}:${this.authToken}`).toString('base64')}`;
    if (incoming.headers.authorization !== expected) {
      send(response, { status: 401, body: { code: 20003, message: 'Authenticate', status: 401 } });
      return;
    }
    const fault = this.#faults
      .find(({ path, faults }) => faults.length > 0 && path.test(`${method} ${pathname}`))
      ?.faults.shift();
    const note = (status: number | 'timeout'): void => void this.requests.push({ method, path: pathname, status });
    if (fault === 'timeout') {
      note('timeout');
      return;
    }
    if (fault === '429' || fault === '500') {
      note(Number(fault));
      send(response, { status: Number(fault), body: { code: 20001, message: 'try again', status: Number(fault) } });
      return;
    }
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const ifMatch = incoming.headers['if-match'];
    const reply = this.#answer({ method, path: pathname, query: searchParams, form, ifMatch });
    note(fault === 'timeout-after' ? 'timeout' : reply.status);
    if (fault !== 'timeout-after') send(response, reply);
  }

  #answer(request: Request): Reply {
    for (const [path, handle] of this.#routes) {
      const match = path.exec(request.path);
      if (match)
        return handle(
          request,
          match.slice(1).map((part: string | undefined) => part && decodeURIComponent(part)),
        );
    }
    return notFound;
  }

  readonly #routes: readonly [RegExp, (request: Request, parts: (string | undefined)[]) => Reply][] = [
    [/^\/api\.twilio\.com\/2010-04-01\/Accounts\/[^/]+\/Calls\/([^/]+)\/UserDefinedMessages\.json$/, (request, [callSid]) => this.#userDefinedMessage(request, callSid!)], // prettier-ignore
    [/^\/api\.twilio\.com\/2010-04-01\/Accounts\/[^/]+\/Calls\/([^/.]+)\.json$/, (_, [sid]) => (this.calls.has(sid!) ? { status: 200, body: { sid, ...this.calls.get(sid!) } } : notFound)], // prettier-ignore
    [/^\/api\.twilio\.com\/2010-04-01\/Accounts\/[^/]+\/Recordings\/([^/.]+)(?:\.wav|\.json)?$/, (request, [sid]) => this.#recording(request, sid!)], // prettier-ignore
    [/^\/api\.twilio\.com\/2010-04-01\/Accounts\/[^/]+\/IncomingPhoneNumbers(?:\/([^/.]+))?\.json$/, (request, [sid]) => this.#number(request, sid)], // prettier-ignore
    [/^\/sync\.twilio\.com\/v1\/Services\/[^/]+\/Maps$/, (request) => this.#createMap(request)],
    [/^\/sync\.twilio\.com\/v1\/Services\/[^/]+\/Maps\/([^/]+)\/Items(?:\/([^/]+))?$/, (request, [map, key]) => this.#mapItem(request, map!, key)], // prettier-ignore
    [/^\/taskrouter\.twilio\.com\/v1\/Workspaces\/[^/]+\/Tasks(?:\/([^/]+))?$/, (request, [sid]) => this.#task(request, sid)], // prettier-ignore
    [/^\/conversations\.twilio\.com\/v1\/Conversations\/([^/]+)\/Messages(?:\/([^/]+))?$/, (request, [sid, message]) => this.#message(request, sid!, message)], // prettier-ignore
  ];

  #userDefinedMessage({ form }: Request, callSid: string): Reply {
    const key = form.get('IdempotencyKey');
    if (key === null || !this.#messageKeys.has(key)) {
      this.userDefinedMessages.push({ callSid, content: form.get('Content')! });
      if (key !== null) this.#messageKeys.add(key);
    }
    return {
      status: 201,
      body: { account_sid: this.accountSid, call_sid: callSid, sid: newSid('KX'), date_created: null },
    };
  }

  #recording({ method }: Request, sid: string): Reply {
    const sound = this.recordings.get(sid);
    if (!sound) return notFound;
    if (method === 'DELETE') {
      this.recordings.delete(sid);
      return { status: 204 };
    }
    return { status: 200, body: sound, headers: { 'content-type': 'audio/x-wav' } };
  }

  #number({ method, query, form }: Request, sid: string | undefined): Reply {
    if (sid === undefined) {
      const found = this.numbers.filter(({ phone_number: number }) => number === query.get('PhoneNumber'));
      return { status: 200, body: { incoming_phone_numbers: found, page: 0, page_size: 50, next_page_uri: null } };
    }
    const number = this.numbers.find((one) => one.sid === sid);
    if (!number) return notFound;
    if (method === 'POST') {
      for (const [name, value] of form) number[name.replace(/(?<=.)([A-Z])/g, '_$1').toLowerCase()] = value;
    }
    return { status: 200, body: number };
  }

  #createMap({ form }: Request): Reply {
    const name = form.get('UniqueName')!;
    if (this.maps.has(name)) return conflict(54_301);
    this.maps.set(name, new Map());
    return { status: 201, body: { sid: newSid('MP'), unique_name: name } };
  }

  #mapItem({ method, form, ifMatch }: Request, name: string, key = form.get('Key') ?? ''): Reply {
    const map = this.maps.get(name);
    if (!map) return notFound;
    const item = map.get(key);
    const data: unknown = form.has('Data') ? JSON.parse(form.get('Data')!) : undefined;
    const reply = (status: number): Reply => {
      const { data: kept, revision } = map.get(key)!;
      return { status, body: { key, data: kept, revision: `${revision}`, map_sid: name } };
    };
    if (method === 'GET') return item ? reply(200) : notFound;
    const isCreation = form.has('Key');
    if (isCreation && item) return conflict(54_208);
    if (!isCreation && !item) return notFound;
    if (!isCreation && ifMatch !== undefined && ifMatch !== `${item!.revision}`)
      return { status: 412, body: { status: 412 } };
    map.set(key, { data, revision: (item?.revision ?? 0) + 1, changes: (item?.changes ?? 0) + 1 });
    return reply(isCreation ? 201 : 200);
  }

  #task({ method, query, form, ifMatch }: Request, sid: string | undefined): Reply {
    const bodyOf = (taskSid: string): object => ({ sid: taskSid, ...this.tasks.get(taskSid) });
    if (sid === undefined) {
      const [, callSid] = /call_sid == ['"]([^'"]+)['"]/.exec(query.get('EvaluateTaskAttributes') ?? '') ?? [];
      const found = [...this.tasks].filter(([, { attributes }]) => (JSON.parse(attributes) as { call_sid?: string }).call_sid === callSid); // prettier-ignore
      const meta = { key: 'tasks', page: 0, page_size: 50, next_page_url: null };
      return { status: 200, body: { tasks: found.map(([one]) => bodyOf(one)), meta } };
    }
    const task = this.tasks.get(sid);
    if (!task) return notFound;
    if (method === 'POST') {
      if (ifMatch !== undefined && ifMatch !== `"${task.version}"`) return { status: 412, body: { status: 412 } };
      Object.assign(task, {
        attributes: form.get('Attributes')!,
        version: task.version + 1,
        updates: task.updates + 1,
      });
    }
    return { status: 200, body: bodyOf(sid), headers: { etag: `"${task.version}"` } };
  }

  #message({ method, form }: Request, conversation: string, sid: string | undefined): Reply {
    const messages = this.conversations.get(conversation);
    if (!messages) return notFound;
    if (sid === undefined && method === 'GET') {
      const meta = { key: 'messages', page: 0, page_size: 50, next_page_url: null };
      return { status: 200, body: { messages: messages.toReversed(), meta } };
    }
    if (sid === undefined) {
      const message = { sid: newSid('IM'), body: form.get('Body'), author: form.get('Author'), attributes: form.get('Attributes') ?? '{}' }; // prettier-ignore
      messages.push(message);
      return { status: 201, body: message };
    }
    const message = messages.find((one) => one.sid === sid);
    if (!message) return notFound;
    if (method === 'POST') message.attributes = form.get('Attributes');
    return { status: 200, body: message };
  }
}

const conflict = (code: number): Reply => ({ status: 409, body: { code, message: 'exists', status: 409 } });

function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  if (Buffer.isBuffer(body)) response.writeHead(status, headers).end(body);
  else response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body && JSON.stringify(body));
}
