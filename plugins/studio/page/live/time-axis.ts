import { clock } from '../words.ts';
import type { View } from './spectrogram-picture.ts';

const STEPS_S = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800];
const LEAST_PX = 70;
const HEIGHT_PX = 20;

/** Draws marks of time below the rows. */
export function drawTimeAxis(canvas: HTMLCanvasElement, { fromMs, pxPerMs, width }: View): void {
  const scale = devicePixelRatio;
  canvas.width = width * scale;
  canvas.height = HEIGHT_PX * scale;
  canvas.style.width = `${width}px`;
  const context = canvas.getContext('2d')!;
  context.scale(scale, scale);
  const style = getComputedStyle(canvas);
  context.fillStyle = style.color;
  context.font = `11px ${style.fontFamily}`;
  const stepMs = 1000 * (STEPS_S.find((step) => step * 1000 * pxPerMs >= LEAST_PX) ?? 3600);
  for (let atMs = Math.floor(fromMs / stepMs) * stepMs; (atMs - fromMs) * pxPerMs < width; atMs += stepMs) {
    const x = (atMs - fromMs) * pxPerMs;
    context.fillRect(Math.round(x), 0, 1, 5);
    context.fillText(clock(atMs), x + 4, 13);
  }
}
