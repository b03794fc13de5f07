import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Does some work and returns the bytes of the heap that are reachable afterwards. */
export function heapAfter(work: () => void): number {
  work();
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
