import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CallReport } from 'undertone';

/** A call's report as a PNG, drawn in a thread of its own. */
export async function drawReport(report: CallReport): Promise<Uint8Array> {
  // Beside this file, built or not.
  const worker = new Worker(new URL(`./picture-worker${extname(import.meta.url)}`, import.meta.url), {
    workerData: report,
  });
  const [png] = (await once(worker, 'message')) as [Uint8Array];
  return png;
}
