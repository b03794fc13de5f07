import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { EmotionPredictor, type FrameStatisticsData } from '../predictor/index.ts';
import type { TrackFormat, WriteResult } from './packets.ts';
import { LIVE_SETTINGS, type LiveSettings } from './settings.ts';
import { hearingFacts } from './speech-hearer.ts';
import { PacketPacker, type FromThread, type ThreadSettings, type ToThread } from './thread-messages.ts';
import { noCounts, type TrackCounts, type TrackEvent } from './track-events.ts';

/** How tracks are heard. */
export interface TrackThreadsOptions {
  /** The model's id, or the path of its folder. Default `default`. */
  readonly model?: string;
  /** Threads that decode and hear. Default 1; 200 speakers who talk all the time take 0.6 of a core. */
  readonly threads?: number;
  readonly settings?: Partial<LiveSettings>;
  /** Smoothed predictions with less confidence are `uncertain`, 0..1. Default: as the model says. */
  readonly abstainBelow?: number;
  /** Told of what failed in a thread; its tracks go on. */
  readonly onError?: (cause: unknown) => void;
}

/** What a track in a thread begins with. */
export interface TrackOpening {
  readonly format: TrackFormat;
  /** 0 on the session's media clock, in milliseconds on the engine's clock. */
  readonly sessionStartMs: number;
  /** What is known of the voice. */
  readonly voice: FrameStatisticsData | undefined;
  /** Told what the track says. */
  readonly onEvent: (event: TrackEvent) => void;
}

/** A track that lives in a thread. */
export interface ThreadTrack {
  /** Hands a packet over: `slow` where the thread lags behind; `dropped` where it does so hopelessly, or has ended. */
  write(
    payload: Uint8Array,
    sequence: number | undefined,
    timestamp: number | undefined,
    arrivedAtMs: number,
  ): WriteResult;
  /** Resolves when all that was written is heard (or, with `discard`, forgotten), or the thread has ended by itself. */
  close(discard: boolean): Promise<ClosedTrack>;
}

/** What is left of a track. */
export interface ClosedTrack {
  readonly counts: TrackCounts;
  /** What is known of the voice. */
  readonly voice: FrameStatisticsData | undefined;
}

/** With so many packets, or stretches of speech, not dealt with, a thread is slow. */
const SLOW_PACKETS = 20_000;
const SLOW_BACKLOG = 64;
/** More may not wait: some ten seconds of all that one thread can hear, and 20 MB. */
const MOST_PACKETS = 100_000;

/**
 * Packets are handed to a thread once in so many milliseconds: to hand each one over as it comes takes longer than to
 * receive it, and leaves the thread more to tidy up than to hear.
 */
const HANDOVER_MS = 20;

/**
 * A packet's sound lives for a moment, outside of the heap that JavaScript measures: little room for what is young gives
 * its memory back sooner, and the whole heap need not be searched for it.
 */
const YOUNG_GENERATION_MB = 12;

/**
 * The threads in which tracks are decoded and heard, so that neither costs the thread that talks to the platforms any time.
 * A track stays in its thread; new ones go where there are fewest.
 */
export class TrackThreads {
  readonly model: string;
  readonly labels: readonly string[];
  readonly #threads: readonly TrackThread[];

  private constructor(model: string, labels: readonly string[], threads: readonly TrackThread[]) {
    this.model = model;
    this.labels = labels;
    this.#threads = threads;
  }

  /**
   * Starts the threads.
   * @throws UndertoneError as `EmotionPredictor.load`
   */
  static async start({
    model = 'default',
    threads = 1,
    settings,
    abstainBelow,
    onError = () => undefined,
  }: TrackThreadsOptions = {}): Promise<TrackThreads> {
    // Loaded here too: a model that does not load is an error of this call, with its own code.
    const predictor = await EmotionPredictor.load(model);
    const { model: id, labels } = hearingFacts(predictor);
    await predictor.close();
    const shared: ThreadSettings = { model, settings: { ...LIVE_SETTINGS, ...settings }, abstainBelow };
    return new TrackThreads(
      id,
      labels,
      await Promise.all(Array.from({ length: threads }, () => TrackThread.start(shared, onError))),
    );
  }

  /** How many stretches of speech wait to be heard, in all threads. */
  get backlog(): number {
    return this.#threads.reduce((sum, { backlog }) => sum + backlog, 0);
  }

  /** Opens a track; a session does it. */
  open(opening: TrackOpening): ThreadTrack {
    const [first, ...others] = this.#threads;
    const thread = others.reduce((least, other) => (other.tracks < least.tracks ? other : least), first!);
    return thread.open(opening);
  }

  /** Tells the threads what time it is: packets that wait long enough are played, speech after which none come ends. */
  tick(nowMs: number): void {
    for (const thread of this.#threads) thread.tick(nowMs);
  }

  /** Stops the threads. Tracks should be closed before. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }
}

interface OpenTrack extends Pick<TrackOpening, 'onEvent'> {
  closed?: (track: ClosedTrack) => void;
}

/** What is left of a track whose thread has ended by itself. */
const LOST: ClosedTrack = {
  counts: noCounts(),
  voice: undefined,
};

/** One thread, from outside. */
class TrackThread {
  readonly #worker: Worker;
  readonly #onError: (cause: unknown) => void;
  readonly #open = new Map<number, OpenTrack>();
  readonly #packer = new PacketPacker();
  #nextTrack = 0;
  #nowMs = 0;
  /** Packets that were handed over and not taken yet. */
  #pending = 0;
  #isFlushDue = false;
  #hasEnded = false;
  backlog = 0;

  private constructor(worker: Worker, onError: (cause: unknown) => void) {
    this.#worker = worker;
    this.#onError = onError;
    worker.on('message', (message: FromThread) => {
      this.#hear(message);
    });
    worker.on('error', onError);
    worker.on('exit', () => {
      // Nobody waits for what a thread that has ended cannot say any more.
      this.#hasEnded = true;
      for (const { closed } of this.#open.values()) closed?.(LOST);
      this.#open.clear();
    });
  }

  static async start(settings: ThreadSettings, onError: (cause: unknown) => void): Promise<TrackThread> {
    const file = new URL(`./track-thread-worker${extname(import.meta.url)}`, import.meta.url);
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB };
    const worker = new Worker(file, { workerData: settings, resourceLimits });
    await new Promise<void>((resolve, reject) => {
      worker.once('message', () => {
        worker.off('error', reject);
        resolve();
      });
      worker.once('error', reject);
    });
    return new TrackThread(worker, onError);
  }

  get tracks(): number {
    return this.#open.size;
  }

  open({ onEvent, ...opening }: TrackOpening): ThreadTrack {
    const track = this.#nextTrack++;
    const open: OpenTrack = { onEvent };
    this.#open.set(track, open);
    this.#tell({ type: 'open', track, ...opening });
    return {
      write: (payload, sequence, timestamp, arrivedAtMs) => {
        if (this.#hasEnded || this.#pending + this.#packer.count >= MOST_PACKETS) return 'dropped';
        this.#packer.add(track, payload, sequence, timestamp, arrivedAtMs);
        this.#nowMs = Math.max(this.#nowMs, arrivedAtMs);
        if (!this.#isFlushDue) {
          this.#isFlushDue = true;
          setTimeout(() => {
            this.#flush();
          }, HANDOVER_MS);
        }
        return this.#pending > SLOW_PACKETS || this.backlog > SLOW_BACKLOG ? 'slow' : 'ok';
      },
      close: (discard) =>
        new Promise((resolve) => {
          if (this.#hasEnded) resolve(LOST);
          open.closed = resolve;
          this.#flush();
          this.#tell({ type: 'close', track, discard });
        }),
    };
  }

  tick(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    this.#flush();
    this.#tell({ type: 'tick', nowMs });
  }

  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    this.#flush();
    const over = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#tell({ type: 'stop' });
    await over;
  }

  #flush(): void {
    this.#isFlushDue = false;
    if (this.#packer.count === 0) return;
    const batch = this.#packer.take();
    this.#pending += batch.count;
    this.#tell({ type: 'packets', batch, nowMs: this.#nowMs }, [batch.fields.buffer, batch.payloads.buffer]);
  }

  #tell(message: ToThread, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #hear(message: FromThread): void {
    switch (message.type) {
      case 'event':
        this.#open.get(message.track)?.onEvent(message.event);
        break;
      case 'closed': {
        const open = this.#open.get(message.track);
        this.#open.delete(message.track);
        this.backlog = message.backlog;
        open?.closed?.(message);
        break;
      }
      case 'taken':
        this.#pending -= message.packets;
        this.backlog = message.backlog;
        break;
      case 'error':
        this.#onError(message.cause);
        break;
      case 'ready':
    }
  }
}
