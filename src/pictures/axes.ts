import { scaleLinear } from 'd3-scale';

/** A mark on an axis: where, in the axis's own unit, and what to write there. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** An axis: what lies at its start (left, bottom) and at its end, and the ticks that suit a length in px. */
export interface Axis {
  readonly domain: readonly [number, number];
  /** What is measured, with its unit: "Time (s)". */
  readonly label?: string;
  /** The ticks that suit an axis of this length. */
  readonly ticks: (lengthPx: number) => readonly Tick[];
}

/** Plain numbers at round steps. `spacingPx` is the least distance wanted between ticks (default 30). */
export function linearAxis(domain: readonly [number, number], label?: string, spacingPx = 30): Axis {
  const scale = scaleLinear(domain, [0, 1]);
  const ticks = (lengthPx: number): Tick[] => {
    let count = Math.max(2, Math.floor(lengthPx / spacingPx));
    // d3 rounds the number of ticks either way; one tick alone would leave an axis without a scale.
    while (scale.ticks(count).length < 2 && count < 10) count++;
    const format = scale.tickFormat(count);
    return scale.ticks(count).map((at) => ({ at, label: format(at) }));
  };
  return label === undefined ? { domain, ticks } : { domain, label, ticks };
}

/** Steps of a clock, in seconds; below one second the steps are decimal. */
const CLOCK_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];
const TIME_TICK_SPACING_PX = 56;

/** Time from 0 to `durationMs`: in seconds up to a minute, as min:s up to an hour, as h:min:s from there. Values are ms. */
export function timeAxis(durationMs: number): Axis {
  const endMs = Number.isFinite(durationMs) && durationMs > 0 ? durationMs : 1000;
  const seconds = endMs / 1000;
  if (seconds <= 60) {
    const decimal = linearAxis([0, seconds], 'Time (s)', TIME_TICK_SPACING_PX);
    const ticks = (lengthPx: number) => decimal.ticks(lengthPx).map(({ at, label }) => ({ at: at * 1000, label }));
    return { ...decimal, domain: [0, endMs], ticks };
  }
  const clock = seconds >= 3600 ? hoursMinutesSeconds : minutesSeconds;
  const ticks = (lengthPx: number): Tick[] => {
    const least = (seconds * TIME_TICK_SPACING_PX) / lengthPx;
    const step = CLOCK_STEPS_S.find((candidate) => candidate >= least) ?? Math.ceil(least / 86_400) * 86_400;
    const count = Math.floor(seconds / step + 1e-9) + 1;
    return Array.from({ length: count }, (_, index) => ({ at: index * step * 1000, label: clock(index * step) }));
  };
  return { domain: [0, endMs], label: seconds >= 3600 ? 'Time (h:min:s)' : 'Time (min:s)', ticks };
}

function minutesSeconds(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function hoursMinutesSeconds(seconds: number): string {
  return `${Math.floor(seconds / 3600)}:${minutesSeconds(seconds % 3600).padStart(5, '0')}`;
}

/**
 * One place for each label, at 0, 1, 2, ...; where they are closer than `spacingPx` (default 11, a line's height), every
 * second, fifth, tenth, ... is written.
 */
export function categoryAxis(labels: readonly string[], label: string, spacingPx = 11): Axis {
  const ticks = (lengthPx: number): Tick[] => {
    const every =
      [1, 2, 5, 10, 20, 50, 100].find((step) => (step * lengthPx) / labels.length >= spacingPx) ?? labels.length;
    return labels.map((text, at) => ({ at, label: text })).filter(({ at }) => at % every === 0);
  };
  return { domain: [-0.5, labels.length - 0.5], label, ticks };
}

/** The names of the twelve pitch classes, from C upwards. */
export const PITCH_CLASSES = ['C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯', 'B'] as const;

/** Octaves down from 16 kHz, and 0: round frequencies that a mel axis spreads almost evenly. */
const MEL_TICKS_HZ = [16_000, 8000, 4000, 2000, 1000, 500, 250, 125, 0];
const MEL_TICK_SPACING_PX = 13;

/**
 * The frequency axis of a mel spectrogram. Values are band numbers; a frequency lies where it falls between the
 * bands' centres, so the axis is right for any mel scale (Slaney, HTK) and any range.
 * @param centresHz the centre frequency of each band in Hz, rising
 */
export function melAxis(centresHz: ArrayLike<number>): Axis {
  const bands = centresHz.length;
  const band = scaleLinear(
    Array.from(centresHz),
    Array.from({ length: bands }, (_, index) => index),
  );
  const inKilohertz = centresHz[bands - 1]! >= 1000;
  const ticks = (lengthPx: number): Tick[] => {
    const chosen: Tick[] = [];
    for (const hz of MEL_TICKS_HZ) {
      // The lowest and the highest frequency are the outer edges of triangles, one step beyond the last centres.
      if (band(hz) < -1.05 || band(hz) > bands + 0.05) continue;
      const at = Math.min(bands - 0.5, Math.max(-0.5, band(hz)));
      const apart = ((chosen.at(-1)?.at ?? Infinity) - at) * (lengthPx / bands);
      if (hz === 0 && apart < MEL_TICK_SPACING_PX) chosen.pop();
      if (hz === 0 || apart >= MEL_TICK_SPACING_PX) chosen.push({ at, label: String(inKilohertz ? hz / 1000 : hz) });
    }
    return chosen;
  };
  return { domain: [-0.5, bands - 0.5], label: inKilohertz ? 'kHz' : 'Hz', ticks };
}
