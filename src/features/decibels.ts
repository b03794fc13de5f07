/** How power becomes decibels, named as librosa's `power_to_db`. */
export interface DecibelSettings {
  /** The power that is 0 dB. */
  readonly ref: number;
  /** Powers below count as this: the floor is 10 log10(amin / ref) dB. */
  readonly amin: number;
  /** Values further than this below the clip's loudest are raised to it; null: no such floor. Needs the whole clip. */
  readonly topDb: number | null;
}

/** librosa's defaults: 0 dB is 1, floor -100 dB, 80 dB below the clip's maximum. */
export const LIBROSA_DECIBELS: DecibelSettings = { ref: 1, amin: 1e-10, topDb: 80 };

/** What to add to 10 log10(power) so that `ref` becomes 0 dB. */
export function referenceOffsetDb({ ref, amin }: DecibelSettings): number {
  return -10 * Math.log10(Math.max(amin, ref));
}

/** Raises everything further than topDb below the maximum to there, in place. */
export function clipBelowMaximum(db: Float32Array, topDb: number): void {
  let loudest = -Infinity;
  for (const value of db) if (value > loudest) loudest = value;
  const floor = Math.fround(loudest - topDb);
  for (let i = 0; i < db.length; i++) if (db[i]! < floor) db[i] = floor;
}

/**
 * Power to decibels, 10 log10(max(amin, S)) - 10 log10(max(amin, ref)), then the floor `topDb` below the maximum of
 * all values: librosa's `power_to_db`. Returns a new array of the same shape.
 */
export function powerToDb(power: Float32Array, settings: Partial<DecibelSettings> = {}): Float32Array {
  const full = { ...LIBROSA_DECIBELS, ...settings };
  const offset = referenceOffsetDb(full);
  const db = power.map((value) => 10 * Math.log10(Math.max(full.amin, value)) + offset);
  if (full.topDb !== null) clipBelowMaximum(db, full.topDb);
  return db;
}

/** Amplitude to decibels, librosa's `amplitude_to_db`: amin defaults to 1e-5, `ref` is an amplitude. */
export function amplitudeToDb(amplitude: Float32Array, settings: Partial<DecibelSettings> = {}): Float32Array {
  const { ref, amin, topDb } = { ...LIBROSA_DECIBELS, amin: 1e-5, ...settings };
  return powerToDb(
    amplitude.map((value) => value * value),
    { ref: ref ** 2, amin: amin ** 2, topDb },
  );
}
