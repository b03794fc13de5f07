import { clearLine, cursorTo } from 'node:readline';
import { SingleBar } from 'cli-progress';

/** Progress of long work on the terminal; silent where standard error is no terminal. */
export interface Progress {
  /** Says how much is done, and of how much where that was not known before. */
  readonly update: (done: number, total?: number) => void;
  readonly stop: () => void;
}

const SILENT: Progress = { update: () => undefined, stop: () => undefined };
const REDRAW_EVERY_MS = 200;

/**
 * A bar with the share done, the count and the time left. `unit` names what is counted ("files"). Without a total it
 * appears with the first update that says one.
 */
export function progressBar(total: number | undefined, unit: string): Progress {
  if (!process.stderr.isTTY) return SILENT;
  const bar = new SingleBar({
    format: `{bar} {percentage} % | {value}/{total} ${unit} | {eta_formatted} left`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  });
  if (total !== undefined) bar.start(total, 0);
  return {
    update: (done, newTotal) => {
      if (!bar.isActive && newTotal !== undefined) bar.start(newTotal, done);
      bar.update(done);
    },
    stop: () => {
      bar.stop();
    },
  };
}

/** A line that says how much audio was decoded, for work whose end is not known. `done` is in seconds. */
export function decodedTime(): Progress {
  const { stderr } = process;
  if (!stderr.isTTY) return SILENT;
  let drawnAt = performance.now();
  const clear = (): void => {
    cursorTo(stderr, 0);
    clearLine(stderr, 0);
  };
  return {
    update: (done) => {
      if (performance.now() - drawnAt < REDRAW_EVERY_MS) return;
      drawnAt = performance.now();
      clear();
      stderr.write(`decoded ${Math.floor(done / 60)} min ${Math.floor(done % 60)} s`);
    },
    stop: clear,
  };
}
