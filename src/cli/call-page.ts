import { basename, dirname, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { escapeHtml, htmlFigure, htmlPage, htmlTable } from '../pictures/index.ts';
import type { RankedCall } from './call-ranking.ts';
import { channelName } from './predict-worker.ts';
import { clock, percent } from './prediction-text.ts';

/** A file that could not be heard. */
export interface FailedFile {
  readonly file: string;
  readonly error: { readonly message: string };
}

/**
 * One page about many calls: which to listen to first, and where in them. It needs nothing but itself; the links lead to
 * the recordings, from where the page lies.
 */
export function callPage(path: string, calls: readonly RankedCall[], failed: readonly FailedFile[]): string {
  const rows = calls.map(({ file, summary, concern, negativeShare, turns, moments }, index) => [
    `${index + 1}. ${basename(file)}`,
    { text: concern.toFixed(0), share: concern / 100 },
    clock(summary.durationMs),
    { text: percent(negativeShare), share: negativeShare },
    turns,
    moments[0] ? `${moments[0].label} at ${clock(moments[0].atMs)}` : '',
  ]);
  const body = [
    `<p>${calls.length} recordings, those to listen to first at the top. Concern (0..100) is half the share of negative emotions (anger, sadness, fear, disgust) in the worst voice, a third that of its second half, and a sixth the turns of mood. It ranks; it judges nobody: listen before you act.</p>`,
    htmlTable(['recording', 'concern', 'length', 'negative', 'turns', 'longest negative stretch'], rows),
    ...calls.map((call, index) => callSection(path, call, index)),
    ...(failed.length > 0 ? ['<h2>Not heard</h2>', htmlTable(['recording', 'why'], failed.map(({ file, error }) => [file, error.message]))] : []), // prettier-ignore
  ];
  return htmlPage({ title: 'Calls to listen to', body: body.join('\n') });
}

function callSection(path: string, call: RankedCall, index: number): string {
  const { file, summary, picture, moments, channels } = call;
  const link = linkTo(path, file);
  const speakers = summary.speakers.map(({ name, talkShare, dominant, shares, uncertainShare, turningPoints }) => [
    name,
    { text: percent(talkShare), share: talkShare },
    dominant ?? 'no speech',
    Object.entries(shares).filter(([, share]) => share >= 0.05).sort(([, a], [, b]) => b - a).slice(0, 3).map(([label, share]) => `${label} ${percent(share)}`).join(', '), // prettier-ignore
    percent(uncertainShare),
    turningPoints.map(({ atMs, from, to }) => `${from} to ${to} at ${clock(atMs)}`).join(', '),
  ]);
  const listen = moments.map(({ channel, label, atMs, speechMs }) => {
    const who = channels.length > 1 ? `${channelName(channel)}, ` : '';
    return `<li><a href="${escapeHtml(`${link}#t=${Math.floor(atMs / 1_000)}`)}">${clock(atMs)}</a> ${escapeHtml(`${who}${label} for ${(speechMs / 1_000).toFixed(0)} s of speech`)}</li>`; // prettier-ignore
  });
  return [
    `<section id="call-${index + 1}"><h2>${index + 1}. <a href="${escapeHtml(link)}">${escapeHtml(basename(file))}</a></h2>`,
    listen.length > 0 ? `<ul>${listen.join('')}</ul>` : '',
    picture === undefined ? '' : htmlFigure(picture),
    htmlTable(['voice', 'talk', 'mostly', 'emotions', 'uncertain', 'turns'], speakers),
    '</section>',
  ].join('\n');
}

/** A recording's address as seen from the page. */
function linkTo(path: string, file: string): string {
  const apart = relative(dirname(path), file);
  return /^[a-z]:|^\//i.test(apart) ? pathToFileURL(file).href : apart.split(/[\\/]/).map(encodeURIComponent).join('/');
}
