import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/**
 * As {@link renderPng}, in a thread of its own: a picture takes a tenth of a second and more, in which a server would
 * answer nobody and read no sound.
 * @throws Error where it cannot be rendered
 */
export async function drawPng(svg: string, { scale }: { readonly scale?: number } = {}): Promise<Uint8Array> {
  // Beside this file, built or not.
  const worker = new Worker(new URL(`./render-png-worker${extname(import.meta.url)}`, import.meta.url), {
    workerData: { svg, scale },
  });
  const [png] = (await once(worker, 'message')) as [Uint8Array];
  return png;
}
