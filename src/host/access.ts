import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { HostSecrets } from './config.ts';
import { HttpError } from './http-error.ts';

/** What a token may do; each may do what those before it may. */
export const SCOPES = ['viewer', 'moderator', 'admin'] as const;
/** One of the scopes of the API's tokens: `viewer`, `moderator` or `admin`. */
export type Scope = (typeof SCOPES)[number];

const digest = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Who may ask for what. */
export class Access {
  readonly #known: readonly { readonly digest: Buffer; readonly scope: Scope }[];
  /** Made where none was configured: for its maker to print once. */
  readonly madeToken: string | undefined;

  constructor(tokens: HostSecrets['tokens']) {
    const known = SCOPES.flatMap((scope) => tokens[scope].map((token) => ({ digest: digest(token), scope })));
    if (known.length === 0) {
      this.madeToken = randomBytes(32).toString('hex');
      known.push({ digest: digest(this.madeToken), scope: 'admin' });
    }
    this.#known = known;
  }

  /** The scope of a token; null where it is none that is known. */
  scopeOf(token: string | undefined): Scope | null {
    if (token === undefined) return null;
    const given = digest(token);
    let found: Scope | null = null;
    // All are compared, each in constant time: how long it takes says nothing.
    for (const { digest: own, scope } of this.#known) if (timingSafeEqual(given, own)) found = scope;
    return found;
  }

  /**
   * @param token default the one in the request's `Authorization` header
   * @throws HttpError 401 without a known token, 403 where it may not do this
   */
  require(request: Pick<IncomingMessage, 'headers'>, wanted: Scope, token = bearerToken(request)): void {
    const scope = this.scopeOf(token);
    if (scope === null) {
      throw new HttpError(401, 'UNAUTHORISED', 'A token is needed: Authorization: Bearer <token>.', {
        'www-authenticate': 'Bearer realm="undertone"',
      });
    }
    if (SCOPES.indexOf(scope) < SCOPES.indexOf(wanted)) {
      throw new HttpError(403, 'FORBIDDEN', `This needs a token of the scope ${wanted}.`);
    }
  }
}

function bearerToken({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  return /^Bearer +([\x21-\x7e]{1,512})$/i.exec(headers.authorization ?? '')?.[1];
}
