import { UndertoneError } from '../errors.ts';
import type { PublishOutcome, Store, StoredAnnotation } from '../store/index.ts';
import { faultOf, type HostLog } from './host-log.ts';
import { within, type PluginRunner } from './plugin-runner.ts';

/** How annotations are published. */
export interface OutboxOptions {
  readonly store: Store;
  readonly pluginOf: (name: string) => PluginRunner | undefined;
  readonly clock: () => number;
  readonly log: HostLog;
  /** How often it looks for what is due, in milliseconds. Default 1000. */
  readonly everyMs?: number;
  /** Attempts before an annotation is given up. Default 12: most of an hour. */
  readonly mostAttempts?: number;
}

const AT_ONCE = 50;
const PUBLISH_MS = 15_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 600_000;

/**
 * Posts what the store has of pending annotations, each through its plugin. What cannot be posted is tried again after
 * 1 s, 2 s, 4 s, ... 10 min. An annotation may be handed over twice, where it is not known whether it came through: its
 * key tells the platform.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  /** What became of annotations that the store could not be told yet: they are not posted again meanwhile. */
  readonly #unsettled = new Map<string, PublishOutcome>();
  #timer: NodeJS.Timeout | undefined;
  #draining: Promise<void> | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.drain(), this.#options.everyMs ?? 1000).unref();
  }

  /** Ends what is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#draining;
  }

  /** Posts what is due. Never throws; one at a time. */
  drain(): Promise<void> {
    this.#draining ??= this.#drain()
      .catch((cause: unknown) => {
        this.#options.log.warn('annotations wait: the store cannot be used', { fault: faultOf(cause) });
      })
      .finally(() => {
        this.#draining = undefined;
      });
    return this.#draining;
  }

  async #drain(): Promise<void> {
    const { store, clock } = this.#options;
    for (const [id, outcome] of this.#unsettled) await this.#settle(id, outcome);
    const due = await store.dueAnnotations(clock(), AT_ONCE);
    // Those of one plugin in their order; a plugin that is slow keeps no other waiting.
    const plugins = Map.groupBy(due, ({ plugin }) => plugin);
    await Promise.all(
      Array.from(plugins.values(), async (annotations) => {
        for (const annotation of annotations) {
          await this.#settle(annotation.id, await this.#publish(annotation));
        }
      }),
    );
  }

  async #settle(id: string, outcome: PublishOutcome): Promise<void> {
    this.#unsettled.set(id, outcome);
    await this.#options.store.settleAnnotation(id, outcome);
    this.#unsettled.delete(id);
  }

  async #publish({ plugin, ref, idempotencyKey, attempts, ...rest }: StoredAnnotation): Promise<PublishOutcome> {
    const { pluginOf, clock, mostAttempts = 12 } = this.#options;
    const { id, sessionId, kind, content } = rest;
    try {
      const runner = pluginOf(plugin);
      if (!runner?.isRunning || !runner.plugin.publish) throw notRunning();
      const posted = (): Promise<void> =>
        runner.plugin.publish!(ref, { id, sessionId, kind, content }, { idempotencyKey });
      await runner.attempt('publish', () => within(PUBLISH_MS, posted));
      return { state: 'published', nextAttemptAtMs: clock(), error: null };
    } catch (cause) {
      const isFinal = (cause instanceof UndertoneError && !cause.retryable) || attempts + 1 >= mostAttempts;
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempts);
      return { state: isFinal ? 'failed' : 'pending', nextAttemptAtMs: clock() + pauseMs, error: faultOf(cause) };
    }
  }
}

function notRunning(): UndertoneError {
  return new UndertoneError('PLUGIN_FAILED', {
    subject: 'A plugin',
    problem: 'does not run, or publishes nothing',
    remedy: 'Start it: what waits for it is tried again.',
  });
}
