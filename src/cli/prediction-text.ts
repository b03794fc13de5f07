import { emotionColour } from '../pictures/index.ts';
import type { EmotionPrediction, FilePrediction, SegmentPrediction } from '../predictor/index.ts';
import { table } from './output.ts';

/** More segments than this are not listed. */
const MOST_ROWS = 24;
const BAR_COLUMNS = 64;
const SMALL_BAR_COLUMNS = 16;
/** Confidence in eighths of a character cell. */
const BLOCKS = '▁▂▃▄▅▆▇█';
const SILENCE = '·';
/** The share of speech from which a stretch of a recording is no silence. */
const LEAST_SPEECH = 0.2;

/** Wraps text in the colour of an emotion, or leaves it as it is where the terminal has no colours. */
export type Paint = (text: string, label: string) => string;

const noPaint: Paint = (text) => text;

/** Colours as this terminal has them: 24 bits, or none. */
export function terminalPaint(labels: readonly string[]): Paint {
  const { stdout } = process;
  if (!stdout.isTTY || !stdout.hasColors(2 ** 24)) return noPaint;
  return (text, label) => {
    const colour = emotionColour(label, labels);
    const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
    return `\x1b[38;2;${red!};${green!};${blue!}m${text}\x1b[39m`;
  };
}

/** A share as `61 %`. */
export const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** A time within a recording: 0:07.4, 12:03.0, 1:02:03.0. */
export function clock(ms: number): string {
  const tenths = Math.round(ms / 100);
  const seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, '0');
  const minutes = Math.floor(tenths / 600);
  return minutes < 60
    ? `${minutes}:${seconds}`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${seconds}`;
}

/** A prediction in words: `angry`, `uncertain (sad?)`, `no speech`. */
export function words(prediction: EmotionPrediction | null): string {
  if (!prediction) return 'no speech';
  return prediction.uncertain ? `uncertain (${prediction.label}?)` : prediction.label;
}

/** All labels that have at least one percent, the likeliest first: `angry 61 %, happy 20 %`. */
export function shares({ scores }: EmotionPrediction, most = Infinity): string {
  return Object.entries(scores)
    .filter(([, score]) => score >= 0.01)
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([label, score]) => `${label} ${percent(score)}`)
    .join(', ');
}

/** What is heard most of in a stretch of a recording; nothing where hardly anybody speaks. */
interface Cell {
  readonly label: string;
  readonly confidence: number;
  readonly uncertain: boolean;
}

/** A recording as so many equal stretches. */
function cellsOf({ durationMs, segments }: FilePrediction, columns: number): (Cell | undefined)[] {
  const step = durationMs / columns;
  return Array.from({ length: columns }, (_, column) => {
    const heard = segments.flatMap((segment) => {
      const end = Math.min(segment.endMs, (column + 1) * step);
      const ms = end - Math.max(segment.startMs, column * step);
      return ms > 0 ? [{ ...segment, ms }] : [];
    });
    return cellOf(heard, LEAST_SPEECH * step);
  });
}

function cellOf(heard: readonly (SegmentPrediction & { readonly ms: number })[], leastMs: number): Cell | undefined {
  const total = (some: typeof heard): number => some.reduce((sum, { ms }) => sum + ms, 0);
  if (total(heard) < leastMs) return undefined;
  const byLabel = Array.from(Map.groupBy(heard, ({ label }) => label));
  const [label, most] = byLabel.reduce((best, other) => (total(other[1]) > total(best[1]) ? other : best));
  const ms = total(most);
  const confidence = most.reduce((sum, segment) => sum + (segment.confidence * segment.ms) / ms, 0);
  return { label, confidence, uncertain: total(most.filter(({ uncertain }) => uncertain)) > ms / 2 };
}

/** One character for each label: its first letter, in upper case where a label before has it, or else its number. */
function letters(labels: readonly string[]): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    labels.map((label, index) => {
      const choices = [label.charAt(0).toLowerCase(), label.charAt(0).toUpperCase()];
      const letter = choices.find((choice) => !taken.has(choice)) ?? String(index % 10);
      taken.add(letter);
      return [label, letter];
    }),
  );
}

/** Two lines: how sure, as the height of a bar, and what, as a letter. */
function timeline(prediction: FilePrediction, labels: readonly string[], columns: number, paint: Paint): string[] {
  const letterOf = letters(labels);
  const cells = cellsOf(prediction, columns);
  const draw = (text: (cell: Cell) => string): string =>
    cells.map((cell) => (cell ? paint(text(cell), cell.label) : SILENCE)).join('');
  return [
    draw(({ confidence }) => BLOCKS[Math.min(BLOCKS.length - 1, Math.floor(confidence * BLOCKS.length))]!),
    draw(({ label, uncertain }) => (uncertain ? '?' : letterOf.get(label)!)),
  ];
}

/** What was heard in one file, for a person. */
export function describePrediction(
  file: string,
  prediction: FilePrediction,
  labels: readonly string[],
  paint: Paint = noPaint,
): string {
  const { durationMs, model, overall, segments, notSpeech } = prediction;
  const lines = [`${file}: ${clock(durationMs)}, model ${model}`];
  const otherMs = notSpeech.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  const other =
    otherMs > 0 ? [`left out: ${clock(otherMs)} of music, noise or tones (--no-voice-check hears them too)`] : [];
  if (!overall) return [...lines, 'no speech was found', ...other].join('\n');
  lines.push(`overall ${words(overall)} ${percent(overall.confidence)}: ${shares(overall)}`, '');
  if (segments.length > 1) {
    const [bars, initials] = timeline(prediction, labels, BAR_COLUMNS, paint);
    const heard = new Set(segments.map(({ label }) => label));
    const key = Array.from(letters(labels)).filter(([label]) => heard.has(label));
    lines.push(
      `  ${bars!}`,
      `  ${initials!}`,
      `  ${key.map(([label, letter]) => `${letter} ${label}`).join('  ')}`,
      '',
    );
  }
  const rows = segments
    .slice(0, MOST_ROWS)
    .map((segment) => [
      `  ${clock(segment.startMs)}`,
      clock(segment.endMs),
      words(segment),
      percent(segment.confidence),
      shares(segment, 3),
    ]);
  lines.push(
    table([['  from', 'to', 'emotion', 'sure', 'scores'], ...rows], ['right', 'right', 'left', 'right', 'left']),
  );
  if (segments.length > MOST_ROWS)
    lines.push(`  and ${segments.length - MOST_ROWS} more segments: --json has them all`);
  return [...lines, ...other].join('\n');
}

/** What was heard in several files, one line each. */
export function describePredictions(
  predictions: readonly { readonly file: string; readonly prediction: FilePrediction }[],
  labels: readonly string[],
  paint: Paint = noPaint,
): string {
  const rows = predictions.map(({ file, prediction }) => [
    file,
    clock(prediction.durationMs),
    words(prediction.overall),
    prediction.overall ? percent(prediction.overall.confidence) : '',
  ]);
  const lines = table([['file', 'length', 'emotion', 'sure'], ...rows], ['left', 'right', 'left', 'right']).split('\n');
  // The timeline is set after the table, for its colours have no width.
  const width = Math.max(...lines.map(({ length }) => length));
  return lines
    .map((line, row) => {
      if (row === 0) return line;
      const { prediction } = predictions[row - 1]!;
      return `${line.padEnd(width)}  ${timeline(prediction, labels, SMALL_BAR_COLUMNS, paint)[1]!}`;
    })
    .join('\n');
}
