import { useEffect, useRef } from 'preact/hooks';

/** Calls something before each picture that the browser draws, as long as it is wanted. */
export function useFrames(isWanted: boolean, call: () => void): void {
  const latest = useRef(call);
  latest.current = call;
  useEffect(() => {
    if (!isWanted) return;
    let id = requestAnimationFrame(function next() {
      latest.current();
      id = requestAnimationFrame(next);
    });
    return () => {
      cancelAnimationFrame(id);
    };
  }, [isWanted]);
}
