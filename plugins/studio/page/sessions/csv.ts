import { speakerRows, type SessionRecord } from './session-record.ts';

/** A table of all segments (https://www.rfc-editor.org/rfc/rfc4180), one a line, with the score of every label. */
export function csvOf(record: SessionRecord): string {
  const labels = [...new Set(record.segments.flatMap(({ scores }) => Object.keys(scores)))];
  const head = ['speaker', 'name', 'start_ms', 'end_ms', 'label', 'confidence', 'uncertain', ...labels];
  const rows = speakerRows(record)
    .flatMap(({ speaker, name, segments }) => segments.map((segment) => ({ speaker, name, ...segment })))
    .sort((a, b) => a.startMs - b.startMs)
    .map(({ speaker, name, startMs, endMs, label, confidence, uncertain, scores }) => [
      ...[speaker, name, startMs.toFixed(0), endMs.toFixed(0), label, confidence.toFixed(4), String(uncertain)],
      ...labels.map((each) => (scores[each] ?? 0).toFixed(4)),
    ]);
  return [head, ...rows].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}

/** Names come from anywhere: what a spreadsheet would take for a formula is kept from being one. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
