import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Piscina } from 'piscina';

/** A function for worker threads: it takes a batch of items and gives one result for each. */
export interface WorkerJob {
  /** The module beside the caller that exports the function, as a URL without its ending: `new URL('./x', ...)`. */
  readonly module: URL;
  /** The function's name. Called with `{ items, settings }`. */
  readonly name: string;
  /** What every batch needs, besides its items: plain data. */
  readonly settings?: unknown;
  /** Items a batch; default 32, which is enough to hide the cost of handing a batch over. */
  readonly batch?: number;
}

/** What a worker's function is called with. */
export interface WorkerBatch<Item, Settings = undefined> {
  readonly items: readonly Item[];
  readonly settings: Settings;
}

/** How to run a {@link WorkerJob}. */
export interface WorkerOptions {
  /** Worker threads; default one for each core. */
  readonly threads?: number;
  /** Is told how many items are done, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs a function over many items on all cores, batch by batch. Items and results are plain data.
 * @returns the results, in the order of the items
 */
export async function mapInWorkers<Result>(
  items: readonly unknown[],
  job: WorkerJob,
  { threads = availableParallelism(), onProgress, signal }: WorkerOptions = {},
): Promise<Result[]> {
  const { batch = 32, settings } = job;
  const batches = Array.from({ length: Math.ceil(items.length / batch) }, (_, i) =>
    items.slice(i * batch, (i + 1) * batch),
  );
  // Workers are TypeScript in the sources and JavaScript in the build, like this module.
  const filename = `${job.module.href}${extname(import.meta.url)}`;
  if (batches.length <= 1) {
    // Not worth the start of a thread.
    const here = (await import(filename)) as Record<
      string,
      (batch: WorkerBatch<unknown, unknown>) => Promise<Result[]>
    >;
    const results = await here[job.name]!({ items, settings });
    onProgress?.(items.length, items.length);
    return results;
  }
  const pool = new Piscina<WorkerBatch<unknown, unknown>, Result[]>({
    filename,
    name: job.name,
    minThreads: Math.min(threads, batches.length),
    maxThreads: Math.min(threads, batches.length),
  });
  let done = 0;
  try {
    const results = batches.map(async (some) => {
      const result = await pool.run({ items: some, settings }, signal === undefined ? {} : { signal });
      done += some.length;
      onProgress?.(done, items.length);
      return result;
    });
    return (await Promise.all(results)).flat();
  } finally {
    await pool.destroy();
  }
}
