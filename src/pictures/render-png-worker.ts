// A thread that renders one picture.
import { parentPort, workerData } from 'node:worker_threads';
import { renderPng } from './render-png.ts';

const { svg, scale } = workerData as { readonly svg: string; readonly scale?: number };
parentPort!.postMessage(renderPng(svg, scale === undefined ? {} : { scale }));
