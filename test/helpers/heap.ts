import { existsSync, readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The bytes of the heap that are reachable. */
export function reachableHeap(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

/** Does some work and returns the bytes of the heap that are reachable afterwards. */
export function heapAfter(work: () => void): number {
  work();
  return reachableHeap();
}

/** The threads of this process; 0 where the system does not say. */
export const threadCount = (): number => (existsSync('/proc/self/task') ? readdirSync('/proc/self/task').length : 0);
