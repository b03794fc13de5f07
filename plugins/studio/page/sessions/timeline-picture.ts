import { colourOf, shapeOf } from '../emotion.tsx';
import { clock, when } from '../words.ts';
import { durationOf, speakerRows, titleOf, type SessionRecord, type StoredSegment } from './session-record.ts';

const SCALE = 2;
const WIDTH = 1200;
const SIDE = 24;
const ROW = 64;
const HEAD = 76;
const INK = '#212529';
const MUTED = '#5c636a';
const STEPS_S = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800];

/** A session's timeline as a PNG: a row for each speaker, the time below, the legend at the bottom. */
export async function timelinePicture(record: SessionRecord): Promise<Blob> {
  const rows = speakerRows(record);
  const durationMs = durationOf(record);
  const labels = [...new Set(record.segments.map(({ label }) => label))];
  const height = HEAD + rows.length * ROW + 74;
  const canvas = new OffscreenCanvas(WIDTH * SCALE, height * SCALE);
  const context = canvas.getContext('2d')!;
  const pen = new Pen(context, (ms) => SIDE + ((WIDTH - 2 * SIDE) * ms) / durationMs);
  context.scale(SCALE, SCALE);
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, WIDTH, height);
  pen.text(titleOf(record.session), SIDE, 34, INK, '600 20px');
  pen.text(when(record.session.startedAtMs), SIDE, 56, MUTED);
  rows.forEach(({ name, segments }, index) => {
    const top = HEAD + index * ROW;
    pen.text(name, SIDE, top + 12, MUTED);
    context.fillStyle = '#f1f3f5';
    context.fillRect(SIDE, top + 18, WIDTH - 2 * SIDE, 34);
    for (const segment of segments) pen.segment(segment, top + 18);
  });
  const bottom = HEAD + rows.length * ROW;
  pen.axis(durationMs, bottom);
  labels.forEach((label, index) => {
    pen.mark(label, SIDE + index * 110, bottom + 40);
    pen.text(label, SIDE + index * 110 + 22, bottom + 52, INK);
  });
  pen.text('striped: uncertain', WIDTH - SIDE - 130, bottom + 52, MUTED);
  return await canvas.convertToBlob({ type: 'image/png' });
}

/** Draws the parts. */
class Pen {
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #x: (ms: number) => number;

  constructor(context: OffscreenCanvasRenderingContext2D, x: (ms: number) => number) {
    this.#context = context;
    this.#x = x;
  }

  text(words: string, x: number, y: number, colour: string, font = '13px'): void {
    this.#context.fillStyle = colour;
    this.#context.font = `${font} system-ui, sans-serif`;
    this.#context.fillText(words, x, y);
  }

  segment({ startMs, endMs, label, uncertain }: StoredSegment, top: number): void {
    const context = this.#context;
    const x = this.#x(startMs);
    const width = Math.max(2, this.#x(endMs) - x - 1);
    context.save();
    context.beginPath();
    context.rect(x, top, width, 34);
    context.clip();
    context.fillStyle = colourOf(label);
    context.globalAlpha = uncertain ? 0.12 : 0.4;
    context.fillRect(x, top, width, 34);
    context.globalAlpha = 1;
    context.fillRect(x, top, width, 4);
    if (uncertain) this.#stripes(x, top, width, colourOf(label));
    if (width > 22) this.mark(label, x + 5, top + 12);
    if (width > 70) this.text(uncertain ? `${label}?` : label, x + 26, top + 24, INK);
    context.restore();
  }

  #stripes(x: number, top: number, width: number, colour: string): void {
    const context = this.#context;
    context.strokeStyle = colour;
    context.globalAlpha = 0.45;
    context.beginPath();
    for (let at = x - 34; at < x + width; at += 7) {
      context.moveTo(at, top + 34);
      context.lineTo(at + 34, top);
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  mark(label: string, x: number, y: number): void {
    const context = this.#context;
    const shape = new Path2D(shapeOf(label));
    context.save();
    context.translate(x, y);
    context.fillStyle = colourOf(label);
    context.fill(shape, 'evenodd');
    context.strokeStyle = INK;
    context.lineWidth = 0.8;
    context.stroke(shape);
    context.restore();
  }

  axis(durationMs: number, y: number): void {
    const stepMs = 1000 * (STEPS_S.find((step) => this.#x(step * 1000) - SIDE >= 70) ?? 3600);
    for (let atMs = 0; atMs <= durationMs; atMs += stepMs) {
      this.#context.fillStyle = MUTED;
      this.#context.fillRect(this.#x(atMs), y - 10, 1, 6);
      this.text(clock(atMs), this.#x(atMs) + 4, y + 4, MUTED, '11px');
    }
  }
}
