import { UndertoneError } from '../errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs long work that stops where it can be taken up again when the process is asked to end. Asked a second time, the
 * process ends at once.
 */
export async function untilInterrupted<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort(
      new UndertoneError('TRAINING_INTERRUPTED', {
        problem: 'stopped before the end',
        remedy: 'Run the same command with --resume to go on.',
      }),
    );
  };
  for (const signal of SIGNALS) process.once(signal, stop);
  try {
    return await work(controller.signal);
  } catch (error) {
    // Some libraries say in their own words that they were stopped.
    throw controller.signal.aborted && !(error instanceof UndertoneError) ? controller.signal.reason : error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}
