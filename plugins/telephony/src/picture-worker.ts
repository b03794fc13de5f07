// A thread that draws one picture: it takes a tenth of a second and more, in which no sound would be read.
import { parentPort, workerData } from 'node:worker_threads';
import { renderPng, type CallReport } from 'undertone';
import { reportPicture } from './report-picture.ts';

parentPort?.postMessage(renderPng(reportPicture(workerData as CallReport)));
