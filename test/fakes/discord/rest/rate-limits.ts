import type { RateLimit, RateLimits } from '../api.ts';

/** What Discord is seen to allow. */
const DEFAULTS: Required<RateLimits> = {
  global: { limit: 50, windowMs: 1_000 },
  messagePosts: { limit: 5, windowMs: 5_000 },
  messageEdits: { limit: 5, windowMs: 5_000 },
  webhooks: { limit: 5, windowMs: 2_000 },
  nicknames: { limit: 5, windowMs: 5_000 },
};

/** Which limit holds for a request: its name, and for which channel, guild or interaction it is counted. */
const BUCKETS: readonly (readonly [keyof RateLimits, string, RegExp])[] = [
  ['messagePosts', 'POST', /^\/channels\/(\d+)\/messages$/],
  ['messageEdits', 'PATCH', /^\/channels\/(\d+)\/messages\/\d+$/],
  ['webhooks', '', /^\/webhooks\/\d+\/([^/]+)/],
  ['nicknames', 'PATCH', /^\/guilds\/(\d+)\/members\/@me$/],
];

/** Requests that the limit of the whole bot does not count. */
const ABOUT_INTERACTIONS = /^\/(interactions|webhooks)\//;

/** How a request stands with its limit. */
export interface Standing {
  readonly allowed: boolean;
  readonly bucket: string;
  readonly limit: number;
  readonly remaining: number;
  readonly resetAfterMs: number;
  readonly global: boolean;
}

interface Window {
  endsAtMs: number;
  used: number;
}

export class RateLimiter {
  readonly #limits: Required<RateLimits>;
  readonly #windows = new Map<string, Window>();

  constructor(limits: RateLimits | false = {}) {
    const none = { global: null, messagePosts: null, messageEdits: null, webhooks: null, nicknames: null };
    this.#limits = limits === false ? none : { ...DEFAULTS, ...limits };
  }

  /** Counts a request; `undefined` where no limit is kept for it. */
  count(method: string, path: string, nowMs: number): Standing | undefined {
    const { global } = this.#limits;
    if (global && !ABOUT_INTERACTIONS.test(path)) {
      const standing = this.#take('global', 'global', global, nowMs);
      if (!standing.allowed) return { ...standing, global: true };
    }
    for (const [name, of, pattern] of BUCKETS) {
      const major = of === '' || of === method ? pattern.exec(path)?.[1] : undefined;
      const limit = this.#limits[name];
      if (major !== undefined && limit) return this.#take(name, `${name}:${major}`, limit, nowMs);
    }
    return undefined;
  }

  #take(bucket: string, key: string, { limit, windowMs }: RateLimit, nowMs: number): Standing {
    let window = this.#windows.get(key);
    if (!window || nowMs >= window.endsAtMs) {
      window = { endsAtMs: nowMs + windowMs, used: 0 };
      this.#windows.set(key, window);
    }
    const allowed = window.used < limit;
    if (allowed) window.used++;
    const resetAfterMs = window.endsAtMs - nowMs;
    return { allowed, bucket, limit, remaining: limit - window.used, resetAfterMs, global: false };
  }
}
