import { UndertoneError } from '../errors.ts';
import { faultOf, type HostLog } from './host-log.ts';
import { definePlugin, type PlatformPlugin, type PluginHost } from './plugin.ts';

/** How a plugin is: `unhealthy` after something of it threw, until something of it succeeds. */
export type PluginHealth = 'stopped' | 'healthy' | 'unhealthy';

/** A plugin may start for so long, in milliseconds; a platform that does not answer must not keep the others waiting. */
const START_MS = 30_000;

/** Keeps a plugin's troubles its own. */
export class PluginRunner {
  readonly plugin: PlatformPlugin;
  readonly #log: HostLog;
  #health: PluginHealth = 'stopped';
  /** Cleared where it never started. */
  #isStarted = false;

  /** @throws UndertoneError PLUGIN_INVALID */
  constructor(plugin: PlatformPlugin, log: HostLog) {
    this.plugin = definePlugin(plugin);
    this.#log = log;
  }

  get name(): string {
    return this.plugin.name;
  }

  /** Paths under which requests are the plugin's. */
  get places(): string[] {
    const { mountAt } = this.plugin;
    return [`/plugins/${this.name}`, ...(mountAt === undefined ? [] : [mountAt])];
  }

  /** A request's URL as the plugin sees it; undefined where it is none of its. */
  urlWithin(url: string): string | undefined {
    const place = this.places.find((path) => url.startsWith(path) && ['/', '?', ''].includes(url.charAt(path.length)));
    if (place === undefined) return undefined;
    const rest = url.slice(place.length);
    return rest.startsWith('/') ? rest : `/${rest}`;
  }

  get health(): PluginHealth {
    return this.#health;
  }

  /** Starts the plugin; where it fails, the plugin is unhealthy, and nothing is asked of it. */
  async start(host: PluginHost): Promise<void> {
    const isOver = await this.guard('start', () => within(START_MS, () => this.plugin.start(host)));
    this.#isStarted = isOver;
  }

  async stop(drainMs: number): Promise<void> {
    if (this.#health === 'stopped') return;
    await this.guard('stop', () => within(drainMs, () => this.plugin.stop({ drainMs })));
    this.#health = 'stopped';
    this.#isStarted = false;
  }

  /** Whether requests and annotations can be handed to the plugin. */
  get isRunning(): boolean {
    return this.#isStarted;
  }

  /** Calls something of the plugin. Resolves to whether it succeeded; never throws. */
  async guard(what: string, call: () => Promise<void> | void): Promise<boolean> {
    try {
      await call();
      this.#health = 'healthy';
      return true;
    } catch (cause) {
      this.#failed(what, cause);
      return false;
    }
  }

  /** As {@link guard}, for a caller who must know why it failed. */
  async attempt(what: string, call: () => Promise<void>): Promise<void> {
    try {
      await call();
      this.#health = 'healthy';
    } catch (cause) {
      this.#failed(what, cause);
      throw cause;
    }
  }

  #failed(what: string, cause: unknown): void {
    this.#health = 'unhealthy';
    this.#log.error('plugin failed', { plugin: this.name, during: what, fault: faultOf(cause) });
  }
}

/**
 * Waits for something, for a time at most.
 * @throws UndertoneError PLUGIN_FAILED where it takes longer
 */
export async function within<T>(ms: number, call: () => Promise<T> | T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(noAnswer(ms));
    }, ms);
  });
  try {
    return await Promise.race([(async () => call())(), limit]);
  } finally {
    clearTimeout(timer);
  }
}

export function noAnswer(ms: number): UndertoneError {
  return new UndertoneError('PLUGIN_FAILED', {
    subject: 'A plugin',
    problem: `did not answer within ${ms} ms`,
    remedy: 'See whether its platform can be reached.',
  });
}
