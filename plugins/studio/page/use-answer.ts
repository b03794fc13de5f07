import { useSignal, type ReadonlySignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ApiError, connection } from './api.ts';

/** Something that is asked for: not there yet, there, or why it does not come. What was there stays until there is more. */
export interface Answer<T> {
  readonly value: T | null;
  readonly error: string | null;
}

/** Asks when the page comes up, whenever `key` changes, and again when a host that was gone is back. */
export function useAnswer<T>(key: string, load: () => Promise<T>): readonly [ReadonlySignal<Answer<T>>, () => void] {
  const answer = useSignal<Answer<T>>({ value: null, error: null });
  const again = (): (() => void) => {
    let isWanted = true;
    load().then(
      (value) => {
        if (isWanted) answer.value = { value, error: null };
      },
      (error: unknown) => {
        // That the host is gone, the page's head says.
        const isGone = error instanceof ApiError && error.status === 0;
        if (isWanted && !isGone) answer.value = { ...answer.value, error: (error as Error).message };
      },
    );
    return () => {
      isWanted = false;
    };
  };
  const isThere = connection.value === 'good';
  useEffect(() => (isThere ? again() : undefined), [key, isThere]);
  return [answer, again];
}
