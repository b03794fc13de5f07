/** What one contender took, in milliseconds a call. */
export interface Timing {
  readonly medianMs: number;
  readonly minMs: number;
}

/**
 * Times contenders side by side: every round runs each of them once, so that a machine whose speed drifts slows all
 * of them alike. Each is warmed up first. Returns the timings a call; ratios of them are what to compare.
 */
export function timeSideBySide<Name extends string>(
  contenders: Record<Name, () => unknown>,
  { rounds = 25, callsPerRound = 10, warmUp = 50 } = {},
): Record<Name, Timing> {
  const entries = Object.entries(contenders) as [Name, () => unknown][];
  const times = new Map<Name, number[]>();
  for (const [name, call] of entries) {
    times.set(name, []);
    for (let i = 0; i < warmUp; i++) call();
  }
  for (let round = 0; round < rounds; round++) {
    for (const [name, call] of entries) {
      const started = performance.now();
      for (let i = 0; i < callsPerRound; i++) call();
      times.get(name)!.push((performance.now() - started) / callsPerRound);
    }
  }
  const timings = entries.map(([name]): [Name, Timing] => {
    const sorted = times.get(name)!.sort((a, b) => a - b);
    return [name, { medianMs: sorted[sorted.length >> 1]!, minMs: sorted[0]! }];
  });
  return Object.fromEntries(timings) as Record<Name, Timing>;
}

/** Rounds to three digits: more is noise. */
export const threeDigits = (value: number): number => Number(value.toPrecision(3));
