import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { ClientAddresses } from './client-address.ts';
import { EventStreaming } from './event-streaming.ts';
import type { Host } from './host.ts';
import { faultOf } from './host-log.ts';
import { asHttpError, HttpError, notFound } from './http-error.ts';
import { listen } from './listening.ts';
import { noAnswer, type PluginRunner } from './plugin-runner.ts';
import { parseBody, RateLimit, requireOrigin } from './request-guards.ts';
import { parseInput, sendJson, type Route } from './route.ts';
import { apiRoutes } from './routes.ts';
import { refuseUpgrade } from './web-socket.ts';

const LARGEST_HEADERS = 16 * 1024;
const KEEP_ALIVE_MS = 5000;
const MOST_CONNECTIONS = 2000;
/** A wrong token costs as much as so many requests: guessing is slow. */
const WRONG_TOKEN_COST = 10;
/** Connections that have asked for nothing yet; when there are more, the oldest go, so that others find room. */
const MOST_SILENT = 1_000;

/** The host's HTTP server: the API, live events, and what plugins answer. */
export class HostServer {
  readonly #host: Host;
  readonly #server: Server;
  readonly #streaming: EventStreaming;
  readonly #limit: RateLimit;
  readonly #addresses: ClientAddresses;
  /** Connections that plugins took over, and have not ended yet. */
  readonly #upgraded = new Set<Duplex>();
  readonly #silent = new Set<Socket>();
  readonly #counts = { requests: 0, refused: 0, failed: 0 };
  /** All that the API does. */
  readonly routes: readonly Route[];

  private constructor(host: Host) {
    const { http } = host.config;
    this.#host = host;
    this.#streaming = new EventStreaming(host.events, http);
    this.#limit = new RateLimit(http.requestsPerMinute);
    this.#addresses = new ClientAddresses(http.trustedProxies);
    this.routes = apiRoutes(host, this.#streaming, () => this.#counts);
    const app = this.#app();
    this.#server = createServer(
      {
        maxHeaderSize: LARGEST_HEADERS,
        headersTimeout: http.headersMs,
        requestTimeout: Math.max(http.headersMs, http.requestMs),
        keepAliveTimeout: KEEP_ALIVE_MS,
        connectionsCheckingInterval: Math.min(1000, http.headersMs),
      },
      (request, response) => {
        this.#silent.delete(request.socket);
        app(request, response);
      },
    );
    this.#server.on('connection', (socket) => {
      this.#expectRequest(socket);
    });
    this.#server.maxConnections = MOST_CONNECTIONS;
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#upgrade(request, socket, head);
    });
  }

  /**
   * Listens where the configuration says.
   * @throws UndertoneError ADDRESS_UNAVAILABLE
   */
  static async start(host: Host): Promise<HostServer> {
    const server = new HostServer(host);
    await listen(server.#server, host.config.http);
    return server;
  }

  get url(): string {
    const { address, port, family } = this.#server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** Ends streams, lets answers that are under way end, and cuts off what is left after a time. */
  async close(drainMs = 2000): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    this.#streaming.close();
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => {
      this.#server.closeAllConnections();
      for (const socket of this.#upgraded) socket.destroy();
    }, drainMs);
    await closed;
    clearTimeout(timer);
  }

  #app(): Express {
    const { allowedOrigins, host, largestBodyKiB } = this.#host.config.http;
    const readBody = express.raw({ type: () => true, limit: largestBodyKiB * 1024 });
    const app = express();
    app.disable('x-powered-by').disable('etag').enable('case sensitive routing').enable('strict routing');
    app.use((request, response, next) => {
      this.#count(response);
      this.#limitRate(request, response);
      next();
    });
    app.use(helmet());
    for (const runner of this.#host.plugins) {
      app.use(runner.places, readBody, (request, response) => this.#askPlugin(runner, request, response));
    }
    app.use((request, response, next) => {
      requireOrigin(request, allowedOrigins, host);
      if (!allowOrigin(request, response, allowedOrigins)) next();
    });
    for (const route of this.routes) {
      app[route.method](
        route.path.replace(/\{(\w+)\}/g, ':$1'),
        (request, _, next) => {
          this.#requireScope(request, route);
          next();
        },
        readBody,
        async (request, response) => {
          const { params, query } = request;
          const body = parseBody(request.headers['content-type'], bodyOf(request));
          await route.answerTo(parseInput(route, { params, query, body }), request, response);
        },
      );
    }
    app.use((request) => {
      const isOtherMethod = this.routes.some(
        ({ path, method }) => path === request.path && method !== request.method.toLowerCase(),
      );
      throw isOtherMethod ? new HttpError(405, 'METHOD_NOT_ALLOWED', 'This is not done here.') : notFound();
    });
    // Express knows what handles errors by its four parameters.
    app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
      this.#failed(error, request, response, next);
    });
    return app;
  }

  /** Drops those who have kept silent longest, where there are too many of them. */
  #expectRequest(socket: Socket): void {
    this.#silent.add(socket);
    socket.once('close', () => this.#silent.delete(socket));
    const [oldest] = this.#silent;
    if (this.#silent.size > MOST_SILENT) oldest!.destroy();
  }

  /**
   * A platform has few addresses and many conversations: what a plugin answers well counts for nothing, what it refuses
   * does.
   */
  #limitRate(request: Request, response: Response): void {
    const address = this.#addresses.of(request);
    const isOfPlugin = this.#host.plugins.some((runner) => runner.urlWithin(request.url) !== undefined);
    this.#limit.take(address, performance.now(), isOfPlugin ? 0 : 1);
    if (!isOfPlugin) return;
    response.on('finish', () => {
      if (response.statusCode >= 400) this.#limit.charge(address, performance.now(), 1);
    });
  }

  #count(response: Response): void {
    this.#counts.requests++;
    response.on('finish', () => {
      if (response.statusCode >= 500) this.#counts.failed++;
      else if (response.statusCode >= 400) this.#counts.refused++;
    });
  }

  #requireScope(request: Request, { scope }: Route): void {
    if (scope === null) return;
    try {
      this.#host.access.require(request, scope);
    } catch (error) {
      if (error instanceof HttpError && error.status === 401 && request.headers.authorization !== undefined) {
        this.#limit.charge(this.#addresses.of(request), performance.now(), WRONG_TOKEN_COST);
      }
      throw error;
    }
  }

  async #askPlugin(runner: PluginRunner, request: Request, response: Response): Promise<void> {
    if (!runner.plugin.handleHttp) throw notFound();
    if (!runner.isRunning) throw new HttpError(503, 'PLUGIN_FAILED', 'The plugin does not run.');
    this.#requireAnswer(runner, response);
    const isDone = await runner.guard('handleHttp', () =>
      runner.plugin.handleHttp!(request, response, bodyOf(request)),
    );
    if (isDone) return;
    if (response.headersSent) response.destroy();
    else throw new HttpError(502, 'PLUGIN_FAILED', 'The plugin failed.');
  }

  /** Answers in a plugin's place where it does not begin to in time. */
  #requireAnswer(runner: PluginRunner, response: Response): void {
    const timer = setTimeout(() => {
      if (response.headersSent) return;
      this.#counts.failed++;
      void runner.guard('handleHttp', () => Promise.reject(noAnswer(this.#host.config.http.pluginMs)));
      // Past the response: where the plugin still answers, that must not throw inside of it.
      const body = JSON.stringify({ error: { code: 'PLUGIN_FAILED', message: 'The plugin does not answer.' } });
      response.socket?.end(
        `HTTP/1.1 504 Gateway Timeout\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
          `Content-Length: ${body.length}\r\n\r\n${body}`,
      );
    }, this.#host.config.http.pluginMs);
    response.once('close', () => {
      clearTimeout(timer);
    });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#silent.delete(request.socket);
    socket.on('error', () => undefined);
    const { url = '' } = request;
    const runner = this.#host.plugins.find((one) => one.urlWithin(url) !== undefined);
    if (!runner?.isRunning || !runner.plugin.handleUpgrade) {
      refuseUpgrade(socket, '404 Not Found');
      return;
    }
    const address = this.#addresses.of(request);
    try {
      this.#limit.take(address, performance.now(), 0);
    } catch {
      refuseUpgrade(socket, '429 Too Many Requests');
      return;
    }
    request.url = runner.urlWithin(url)!;
    this.#upgraded.add(socket);
    socket.once('close', () => this.#upgraded.delete(socket));
    void runner
      .guard('handleUpgrade', () => runner.plugin.handleUpgrade!(request, socket, head))
      .then((isDone) => {
        if (!isDone) socket.destroy();
        if (socket.destroyed || socket.writableEnded) this.#limit.charge(address, performance.now(), 1);
      });
  }

  #failed(error: unknown, request: Request, response: Response, next: NextFunction): void {
    const { status, code, message, headers } = asHttpError(error);
    // The path may name people: the method alone says enough beside the fault.
    if (status >= 500) this.#host.log.error('request failed', { method: request.method, code, fault: faultOf(error) });
    if (response.headersSent) {
      next(error);
      return;
    }
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    // What was not read of a body that was refused would be taken for the next request.
    if (!request.complete) response.setHeader('connection', 'close');
    sendJson(response, status, { error: { code, message } });
  }
}

/** What `express.raw` read; without a body it leaves something else there. */
const bodyOf = ({ body }: Request): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0));

/** Lets web pages of allowed origins read answers. Says whether the request was no more than the question for that. */
function allowOrigin(request: Request, response: Response, allowed: readonly string[]): boolean {
  const { origin } = request.headers;
  response.vary('origin');
  if (origin !== undefined && allowed.includes(origin)) response.setHeader('access-control-allow-origin', origin);
  if (request.method !== 'OPTIONS' || origin === undefined) return false;
  response.setHeader('access-control-allow-methods', 'GET, POST, DELETE');
  response.setHeader('access-control-allow-headers', 'authorization, content-type, last-event-id');
  response.writeHead(204).end();
  return true;
}
