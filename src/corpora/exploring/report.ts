import { escapeHtml, htmlDetails, htmlFigure, htmlPage, htmlTable, type HtmlCell } from '../../pictures/index.ts';
import { CORPORA } from '../corpora.ts';
import { EMOTIONS } from '../emotions.ts';
import { describeProblems, type ScanFindings } from '../findings.ts';
import type { Manifest, ManifestEntry } from '../manifest.ts';
import { boxTable, boxesByEmotion, speakersFigure, type Charted } from './charts.ts';
import type { ClipMeasures } from './measure-worker.ts';

/** A clip's picture. */
export interface Example {
  readonly entry: ManifestEntry;
  readonly svg: string;
}

/** What a report is made of. */
export interface Explored {
  readonly title: string;
  readonly manifest: Manifest;
  readonly findings: ScanFindings;
  readonly measured: readonly ({ readonly entry: ManifestEntry } & ClipMeasures)[];
  readonly examples: readonly Example[];
}

/** Of a long list of files the page gets the beginning. */
const MOST_LINES = 50;

const count = new Intl.NumberFormat('en');

/** Writes an exploration as one page. */
export function explorationReport({ title, manifest, findings, measured, examples }: Explored): string {
  const { entries, hash } = manifest;
  const hours = entries.reduce((sum, { durationMs }) => sum + durationMs, 0) / 3_600_000;
  const speakers = new Set(entries.map(({ speaker }) => speaker)).size;
  const clips = count.format(entries.length);
  const lead = `<p>${clips} labelled clips of ${speakers} speakers, ${hours.toFixed(2)} hours.
<span class="note">Manifest ${hash.slice(0, 16)}.</span></p>`;
  const body = [
    lead,
    '<h2>Corpora</h2>',
    corporaTable(findings),
    problemList(findings),
    '<h2>Emotions</h2>',
    emotionTable(entries),
    '<h3>By speaker</h3>',
    htmlFigure(speakersFigure(entries), 'The emotions of each speaker’s clips. Speakers of one corpus stand together.'),
    speakerTables(entries),
    ...charts(entries, measured),
    '<h2>One clip of each</h2>',
    '<p>Of one voice and one sentence where the corpora have it.</p>',
    ...examples.map(({ entry, svg }) => `<h3>${escapeHtml(entry.emotion)}</h3>${htmlFigure(svg)}`),
  ];
  return htmlPage({ title, body: body.join('\n') });
}

function corporaTable({ corpora }: ScanFindings): string {
  const rows = corpora.map(({ corpus, found, official, usable, missingSpeakers }): HtmlCell[] => {
    const licence = CORPORA.find(({ name }) => name === corpus)!.licence;
    const share = { text: `${count.format(found)} of ${count.format(official)}`, share: found / official };
    return [corpus, share, count.format(usable), missingSpeakers.length, licence];
  });
  return htmlTable(['corpus', 'clips found', 'usable', 'speakers missing', 'licence'], rows);
}

function problemList(findings: ScanFindings): string {
  const sections = describeProblems(findings).map(({ title, lines }) => {
    const items = lines.slice(0, MOST_LINES).map((line) => `<li>${escapeHtml(line)}</li>`);
    if (lines.length > items.length) items.push(`<li>and ${lines.length - items.length} more</li>`);
    return htmlDetails(`${title}: ${lines.length}`, `<ul>${items.join('')}</ul>`);
  });
  return sections.join('\n');
}

/** How many clips of each emotion there are, in all and by corpus and sex; bars are shares of the column. */
function emotionTable(entries: readonly ManifestEntry[]): string {
  const corpora = [...new Set(entries.map(({ corpus }) => corpus))];
  const columns: [string, readonly ManifestEntry[]][] = [
    ['all', entries],
    ...corpora.map((name): [string, ManifestEntry[]] => [name, entries.filter(({ corpus }) => corpus === name)]),
    ['female', entries.filter(({ sex }) => sex === 'female')],
    ['male', entries.filter(({ sex }) => sex === 'male')],
    ['sex unknown', entries.filter(({ sex }) => sex === undefined)],
  ];
  const shown = columns.filter(([, some]) => some.length > 0);
  const rows = [...EMOTIONS, 'all'].map((emotion): HtmlCell[] => [
    emotion,
    ...shown.map(([, some]) => {
      const clips = emotion === 'all' ? some : some.filter((entry) => entry.emotion === emotion);
      return shareCell(clips.length, some.length, emotion === 'all');
    }),
  ]);
  const caption = 'Clips of each emotion; the bar is its share of the column.';
  return htmlTable(['emotion', ...shown.map(([name]) => name)], rows, { caption });
}

function shareCell(some: number, all: number, plain = false): HtmlCell {
  if (some === 0) return '–';
  return plain ? count.format(some) : { text: count.format(some), share: some / all };
}

function speakerTables(entries: readonly ManifestEntry[]): string {
  const tables = [...Map.groupBy(entries, ({ corpus }) => corpus)].map(([corpus, clips]) => {
    const rows = [...Map.groupBy(clips, ({ speaker }) => speaker)].map(([speaker, own]): HtmlCell[] => [
      speaker.slice(corpus.length + 1),
      own[0]!.sex ?? '',
      own[0]!.age ?? '',
      own.length,
      ...EMOTIONS.map((emotion) => shareCell(own.filter((clip) => clip.emotion === emotion).length, own.length)),
    ]);
    const table = htmlTable(['speaker', 'sex', 'age', 'clips', ...EMOTIONS], rows);
    return htmlDetails(`${corpus}: ${rows.length} speakers`, table);
  });
  return tables.join('\n');
}

function charts(entries: readonly ManifestEntry[], measured: Explored['measured']): string[] {
  const corpusOf = ({ corpus }: ManifestEntry): string => corpus;
  const sexOf = ({ sex }: ManifestEntry): string => sex ?? 'sex unknown';
  const sampled = `Measured on ${count.format(measured.length)} clips, drawn evenly from every emotion of every corpus.`;
  const all: { heading: string; note: string; charted: Charted }[] = [
    {
      heading: 'Duration',
      note: 'All clips, pauses at their ends included.',
      charted: {
        title: 'Duration by emotion',
        label: 'seconds',
        groupOf: corpusOf,
        values: entries.map((entry) => ({ entry, value: entry.durationMs / 1_000 })),
        digits: 2,
      },
    },
    {
      heading: 'Loudness',
      note: `Level of the spoken parts (within 30 dB of the loudest), in dB of full scale. ${sampled}`,
      charted: {
        title: 'Loudness by emotion',
        label: 'dB',
        groupOf: corpusOf,
        values: measured.map(({ entry, loudnessDb }) => ({ entry, value: loudnessDb })),
        digits: 1,
      },
    },
    {
      heading: 'Pitch',
      note: `Median of the fundamental frequency of a clip’s voiced frames, by YIN. ${sampled}`,
      charted: {
        title: 'Pitch by emotion',
        label: 'Hz',
        groupOf: sexOf,
        values: measured.map(({ entry, pitchHz }) => ({ entry, value: pitchHz })),
        digits: 0,
      },
    },
  ];
  return all.map(({ heading, note, charted }) => {
    const numbers = htmlDetails('The numbers', boxTable(charted));
    return `<h2>${heading}</h2>\n${htmlFigure(boxesByEmotion(charted), note)}${numbers}`;
  });
}
