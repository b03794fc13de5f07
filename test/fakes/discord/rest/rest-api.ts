import express, { type NextFunction, type Request, type Response } from 'express';
import type { RateLimits } from '../api.ts';
import type { World } from '../state/world.ts';
import { applicationRoutes } from './application-routes.ts';
import { channelRoutes } from './channel-routes.ts';
import { guildRoutes } from './guild-routes.ts';
import { interactionRoutes } from './interaction-routes.ts';
import { RateLimiter, type Standing } from './rate-limits.ts';
import { RestError } from './rest-error.ts';

const MAX_BODY = '26mb';
/** Routes that an interaction's token opens; all others want the bot's. */
const OPEN = /^\/(interactions|webhooks)\//;

/** The REST API, version 10, under /api, and the files of messages under /attachments. */
export function restApi(world: World, limits: RateLimits | false | undefined): express.Express {
  const app = express();
  const api = express.Router();
  const limiter = new RateLimiter(limits);
  app.disable('x-powered-by').set('etag', false);
  app.use(['/api/v10', '/api'], api);
  api.use(record(world), misfortune(world), authenticate(world), limit(limiter));
  api.use(express.raw({ type: () => true, limit: MAX_BODY }));
  api.use(applicationRoutes(world), guildRoutes(world), channelRoutes(world), interactionRoutes(world));
  api.use(() => {
    throw new RestError(404, 0, '404: Not Found');
  });
  app.get('/attachments/{*path}', (request, response) => {
    const file = world.attachments.at(request.path);
    if (!file) response.status(404).send('This content is no longer available.');
    else response.type(file.content_type!).send(Buffer.from(file.bytes));
  });
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) next(error);
    else if (error instanceof RestError) response.status(error.status).json(error);
    else {
      world.log(`rest: ${String(error)}`);
      response.status(500).json({ message: '500: Internal Server Error', code: 0 });
    }
  });
  return app;
}

type Middleware = (request: Request, response: Response, next: NextFunction) => void;

const record =
  (world: World): Middleware =>
  (request, response, next) => {
    const atMs = Date.now();
    // Clients write @me as %40me here and there.
    request.url = request.url.replaceAll('%40', '@');
    const { method, path } = request;
    response.on('finish', () => {
      world.requests.push({ method, path, status: response.statusCode, atMs });
      world.log(`rest: ${method} ${path} ${response.statusCode}`);
      world.changes.changed();
    });
    next();
  };

/** What a test has ordered to go wrong. */
const misfortune =
  ({ restFaults }: World): Middleware =>
  ({ method, path }, response, next) => {
    const fault = restFaults.take(method, path);
    const answer = (): void => {
      if (!fault) next();
      else if (fault.retryAfter !== undefined) refuse(response, fault.retryAfter, fault.global ?? false);
      else response.status(fault.status).json({ message: `${fault.status}: Server Error`, code: 0 });
    };
    if (restFaults.delayMs === 0) answer();
    else setTimeout(answer, restFaults.delayMs);
  };

const authenticate =
  ({ options }: World): Middleware =>
  ({ path, headers }, _response, next) => {
    if (!OPEN.test(path) && headers.authorization !== `Bot ${options.token}`) {
      throw new RestError(401, 0, '401: Unauthorized');
    }
    next();
  };

const limit =
  (limiter: RateLimiter): Middleware =>
  ({ method, path }, response, next) => {
    const standing = limiter.count(method, path, Date.now());
    if (standing) setHeaders(response, standing);
    if (standing?.allowed === false) refuse(response, standing.resetAfterMs / 1_000, standing.global);
    else next();
  };

function setHeaders(response: Response, { bucket, limit, remaining, resetAfterMs, global }: Standing): void {
  if (global) return;
  response.set({
    'x-ratelimit-bucket': bucket,
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': ((Date.now() + resetAfterMs) / 1_000).toFixed(3),
    'x-ratelimit-reset-after': (resetAfterMs / 1_000).toFixed(3),
  });
}

function refuse(response: Response, retryAfter: number, global: boolean): void {
  response.set({ 'retry-after': String(Math.ceil(retryAfter)), 'x-ratelimit-scope': global ? 'global' : 'user' });
  if (global) response.set('x-ratelimit-global', 'true');
  response.status(429).json({ message: 'You are being rate limited.', retry_after: retryAfter, global });
}
