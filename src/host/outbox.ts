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
  /** How often it looks for what is to be tried again, in milliseconds. Default 1000. */
  readonly everyMs?: number;
  /** Attempts before an annotation is given up. Default 12: 27 minutes. */
  readonly mostAttempts?: number;
}

const AT_ONCE = 50;
/** Conversations of one plugin that are posted to side by side: what is slow in one keeps no other waiting. */
const MOST_LANES = 16;
const PUBLISH_MS = 15_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 600_000;

/** Annotations of one conversation that are being posted. */
interface Lane {
  readonly plugin: string;
  readonly ids: ReadonlySet<string>;
  readonly over: Promise<void>;
}

/**
 * Posts what the store has of pending annotations, each through its plugin. What cannot be posted is tried again after
 * 1 s, 2 s, 4 s, ... 10 min. An annotation may be handed over twice, where it is not known whether it came through: its
 * key tells the platform.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  /** What became of annotations that the store could not be told yet: they are not posted again meanwhile. */
  readonly #unsettled = new Map<string, PublishOutcome>();
  /** What is under way, by plugin and conversation. */
  readonly #lanes = new Map<string, Lane>();
  #isMoreDue = false;
  /** Whether something was put in while it was looking. */
  #isWoken = false;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#look(), this.#options.everyMs ?? 1000).unref();
  }

  /** Something was put in: posts it without waiting for the next look. Never throws. */
  wake(): void {
    if (this.#isStopped) return;
    this.#isWoken = this.#looking !== undefined;
    void this.#look();
  }

  /** Ends what is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#isStopped = true;
    await this.#looking;
    await this.#underWay();
  }

  /** Posts what is due. Never throws. */
  async drain(): Promise<void> {
    await this.#look();
    await this.#underWay();
  }

  async #underWay(): Promise<void> {
    await Promise.all(Array.from(this.#lanes.values(), ({ over }) => over));
  }

  /** Begins to post what is due; one at a time. */
  #look(): Promise<void> {
    this.#looking ??= this.#begin()
      .catch((cause: unknown) => {
        this.#sayStoreIsAway(cause);
      })
      .finally(() => {
        this.#looking = undefined;
        if (this.#isWoken) this.wake();
      });
    return this.#looking;
  }

  async #begin(): Promise<void> {
    const { store, clock } = this.#options;
    for (const [id, outcome] of this.#unsettled) await this.#settle(id, outcome);
    // Those under way are still due, and must not hide the others.
    const limit = AT_ONCE + Array.from(this.#lanes.values()).reduce((sum, { ids }) => sum + ids.size, 0);
    const due = await store.dueAnnotations(clock(), limit);
    this.#isMoreDue = due.length === limit;
    for (const [plugin, ofPlugin] of Map.groupBy(due, (annotation) => annotation.plugin)) {
      for (const [sessionId, annotations] of Map.groupBy(ofPlugin, (annotation) => annotation.sessionId)) {
        this.#open(plugin, sessionId, annotations);
      }
    }
  }

  /** Posts those of one conversation in their order, where it is not done already and there is room. */
  #open(plugin: string, sessionId: string, annotations: readonly StoredAnnotation[]): void {
    const key = `${plugin} ${sessionId}`;
    const open = this.#lanes.get(key);
    if (open) {
      // Others have been put in since: they follow.
      this.#isMoreDue ||= annotations.some(({ id }) => !open.ids.has(id));
      return;
    }
    if (Array.from(this.#lanes.values()).filter((lane) => lane.plugin === plugin).length >= MOST_LANES) {
      this.#isMoreDue = true;
      return;
    }
    const post = async (): Promise<void> => {
      for (const annotation of annotations) await this.#settle(annotation.id, await this.#publish(annotation));
    };
    const over = post()
      .catch((cause: unknown) => {
        this.#sayStoreIsAway(cause);
      })
      .finally(() => {
        this.#lanes.delete(key);
        if (this.#isMoreDue && !this.#isStopped) void this.#look();
      });
    this.#lanes.set(key, { plugin, ids: new Set(annotations.map(({ id }) => id)), over });
  }

  #sayStoreIsAway(cause: unknown): void {
    this.#options.log.warn('annotations wait: the store cannot be used', { fault: faultOf(cause) });
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
