import type { FeatureMatrix } from '../features/index.ts';
import { categoryAxis, linearAxis, melAxis, PITCH_CLASSES, timeAxis, type Axis } from './axes.ts';
import { LINE_COLOURS } from './colours.ts';
import { envelopePanel, reduceEnvelope, type Envelope } from './envelope.ts';
import { figure, plotWidth, type Panel } from './figure.ts';
import { heatmap } from './heatmap.ts';
import { linePanel } from './line.ts';
import { checkMatrix, finiteRange, reduceFrames, scaleAroundMedian } from './matrix.ts';

/** A recording's waveform: its samples, or the envelope that is left of a recording too long to keep. */
export type Waveform =
  { readonly samples: Float32Array; readonly sampleRateHz: number } | (Envelope & { readonly durationMs: number });

/** What a recording is drawn from. A feature that is left out gets no panel. */
export type RecordingPicture = Waveform & {
  /** Usually the file's name; any text is safe. */
  readonly title: string;
  readonly subtitle?: string;
  /** From one frame to the next, in ms, for all features. */
  readonly hopMs: number;
  /** The centre of the first frame in ms; default 0, as frames centred by padding have it. */
  readonly firstFrameMs?: number;
  /** Mel spectrogram in dB, frames x bands. */
  readonly melDb?: FeatureMatrix;
  /** Centre frequency of each mel band in Hz; without it the axis counts bands. */
  readonly melCentresHz?: ArrayLike<number>;
  /** Frames x coefficients, coefficient 0 first. */
  readonly mfcc?: FeatureMatrix;
  /** Frames x 12 pitch classes, C first, nominally within 0..1. */
  readonly chroma?: FeatureMatrix;
  /** Root mean square of each frame: frames values, in the samples' unit. */
  readonly rms?: Float32Array | FeatureMatrix;
};

const MEL_RANGE_DB = 80;
const LEAST_MEL_RANGE_DB = 10;
const MFCC_RANGE = [-1, 1] as const;

/**
 * Draws what the engine hears in a recording: waveform, mel spectrogram, MFCC, chroma and RMS on one time axis.
 * @param options `width`: the picture's width in px, 320..4,096; default 960
 * @returns a standalone SVG document, the same for the same input; {@link renderPng} makes a PNG of it
 * @throws UndertoneError `PICTURE_INVALID` for an impossible width or a matrix whose data is not frames x dims
 */
export function recordingPicture(recording: RecordingPicture, options: { readonly width?: number } = {}): string {
  const { title, subtitle, hopMs, firstFrameMs = 0, melDb, melCentresHz, mfcc, chroma, rms } = recording;
  const { width } = options;
  const durationMs = 'samples' in recording ? samplesMs(recording) : recording.durationMs;
  const frames = { start: firstFrameMs, step: hopMs };
  const columns = plotWidth(width);
  const panels = [waveformPanel(recording, durationMs, columns)];
  if (melDb !== undefined) panels.push(melPanel(melDb, melCentresHz, frames));
  if (mfcc !== undefined) panels.push(mfccPanel(mfcc, frames, columns));
  if (chroma !== undefined) panels.push(chromaPanel(chroma, frames));
  if (rms !== undefined) panels.push(rmsPanel('data' in rms ? rms.data : rms, frames));
  const names = panels.map((panel) => panel.title).join(', ');
  return figure({
    title,
    ...(subtitle === undefined ? {} : { subtitle }),
    ...(width === undefined ? {} : { widthPx: width }),
    description: `${names} of a recording of ${(durationMs / 1000).toFixed(2)} s, below each other on one time axis.`,
    xAxis: timeAxis(durationMs),
    panels,
  });
}

interface FrameTimes {
  readonly start: number;
  readonly step: number;
}

function samplesMs({ samples, sampleRateHz }: { samples: Float32Array; sampleRateHz: number }): number {
  return (samples.length / sampleRateHz) * 1000;
}

/** The waveform of a recording, scaled to its own peak. */
export function waveformPanel(waveform: Waveform, durationMs: number, columns: number, colour?: string): Panel {
  const whole = 'samples' in waveform ? { min: waveform.samples, max: waveform.samples } : waveform;
  const envelope = reduceEnvelope(whole, columns * 2);
  const [low, high] = [finiteRange(envelope.min)?.[0] ?? 0, finiteRange(envelope.max)?.[1] ?? 0];
  const peak = Math.max(-low, high);
  const edge = peak > 0 ? peak * 1.08 : 1;
  const yAxis = linearAxis([-edge, edge], 'amplitude');
  const plot = { title: 'Waveform', heightPx: 84, yAxis, envelope, start: 0, end: durationMs };
  return envelopePanel(colour === undefined ? plot : { ...plot, colour });
}

function melPanel(melDb: FeatureMatrix, centresHz: ArrayLike<number> | undefined, frames: FrameTimes): Panel {
  checkMatrix('melDb', melDb);
  const [least, most] = finiteRange(melDb.data) ?? [-MEL_RANGE_DB, 0];
  const low = Math.max(least, most - MEL_RANGE_DB);
  return heatmap({
    title: 'Mel spectrogram',
    note: `${melDb.dims} bands`,
    heightPx: 148,
    yAxis: centresHz?.length === melDb.dims ? melAxis(centresHz) : numberedAxis(melDb.dims, 'band'),
    matrix: melDb,
    ...frames,
    // Silence has one level; it must be dark and not its own maximum.
    range: [low, Math.max(most, low + LEAST_MEL_RANGE_DB)],
    colours: 'magma',
    reduce: 'max',
    unit: 'dB',
  });
}

function mfccPanel(mfcc: FeatureMatrix, { start, step }: FrameTimes, columns: number): Panel {
  checkMatrix('mfcc', mfcc);
  // Scaled after joining frames: it is the spread of what is seen that counts, and it costs the same for any length.
  const { matrix, run } = reduceFrames(mfcc, columns, 'mean');
  return heatmap({
    title: 'MFCC',
    note: 'each coefficient minus its median, scaled so that 90 % of it lies within ±1',
    heightPx: 120,
    yAxis: numberedAxis(mfcc.dims, 'coefficient'),
    matrix: scaleAroundMedian(matrix),
    start: start + ((run - 1) / 2) * step,
    step: step * run,
    range: MFCC_RANGE,
    colours: 'diverging',
    unit: '',
  });
}

function chromaPanel(chroma: FeatureMatrix, frames: FrameTimes): Panel {
  checkMatrix('chroma', chroma);
  return heatmap({
    title: 'Chroma',
    note: 'strength of each pitch class',
    heightPx: 144,
    yAxis: chroma.dims === 12 ? categoryAxis(PITCH_CLASSES, 'pitch class') : numberedAxis(chroma.dims, 'bin'),
    matrix: chroma,
    ...frames,
    range: [0, Math.max(1, finiteRange(chroma.data)?.[1] ?? 1)],
    colours: 'viridis',
    unit: '',
  });
}

function rmsPanel(values: Float32Array, { start, step }: FrameTimes): Panel {
  const most = finiteRange(values)?.[1] ?? 0;
  const yAxis = linearAxis([0, most > 0 ? most * 1.08 : 1], 'amplitude');
  const series = [{ values, at: (index: number) => start + index * step, colour: LINE_COLOURS[1] }];
  return linePanel({ title: 'RMS', note: 'root mean square of each frame', heightPx: 72, yAxis, series });
}

function numberedAxis(count: number, label: string): Axis {
  return categoryAxis(
    Array.from({ length: count }, (_, index) => String(index)),
    label,
  );
}
