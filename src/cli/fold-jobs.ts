import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { UndertoneError } from '../errors.ts';

/** Runs work for all items, so many at once, in their order. The first failure ends it all. */
export async function runAtOnce<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
}

/**
 * Runs this command line in a process of its own and waits for its end. When the signal is aborted, the process is asked to
 * stop and may save what it has.
 * @param what names the work in errors
 * @throws UndertoneError TRAINING_FAILED with what the process said
 */
export async function runInProcess(what: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const main = fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url));
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = (): void => {
    child.kill('SIGTERM');
  };
  signal.addEventListener('abort', stop);
  try {
    const [written] = await Promise.all([text(child.stderr), once(child, 'close')]);
    signal.throwIfAborted();
    if (child.exitCode === 0) return;
    throw new UndertoneError('TRAINING_FAILED', {
      subject: what,
      problem: `ended with ${child.signalCode ?? `code ${child.exitCode ?? '?'}`} (${reasonIn(written)})`,
      remedy: 'Run the same command again: it goes on where it stopped. With --jobs 1 it needs less memory.',
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Why a process failed, by what it wrote: its own words, or the error that it did not expect. */
function reasonIn(written: string): string {
  const lines = written.trimEnd().split('\n');
  return lines.findLast((line) => /^(undertone|\w*Error): /.test(line)) ?? lines.at(-1)!;
}
