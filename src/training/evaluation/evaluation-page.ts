import { escapeHtml, htmlDetails, htmlPage, htmlTable, type HtmlCell } from '../../pictures/index.ts';
import { pairedDifference } from './comparison.ts';
import { percent, percentWithDeviation } from './leakage.ts';
import { classesSection, facts, modelFacts, paragraph, sideBySide, splitsTable, warning } from './page-parts.ts';
import { reliabilityPicture, riskPicture } from './plots.ts';
import { CONDITION_WORDS, PROTOCOL_WORDS } from './protocols.ts';
import { CONDITIONS, type ConditionReport, type CorpusProbe, type EvaluationReport } from './types.ts';
import type { GroupReport, Interval } from './types.ts';

/**
 * An evaluation as one HTML page that needs nothing but itself. A leaky evaluation says so at every figure.
 * @returns the whole document
 */
export function renderEvaluationReport(report: EvaluationReport): string {
  const measured = CONDITIONS.flatMap((condition) => report.conditions[condition] ?? []);
  const mark = report.leaky ? ' (leaky)' : '';
  const body = [
    introduction(report),
    headline(measured, mark),
    adaptation(measured),
    ...measured.map((condition) => conditionSection(condition, mark)),
    probeSection(report.corpusProbe),
    originSection(report),
  ];
  return htmlPage({ title: report.leaky ? `LEAKY: ${report.title}` : report.title, body: body.join('\n') });
}

function introduction({ protocol, leaky, explanation, channel, model, seeds, splits }: EvaluationReport): string {
  const { label, unseen } = PROTOCOL_WORDS[protocol];
  return [
    leaky ? warning(explanation) : paragraph(explanation),
    facts([
      ...modelFacts(model),
      `protocol: ${label}`,
      `new to the network: ${unseen}`,
      `test clips: ${channel}`,
      `networks: ${splits.length} (splits) x ${seeds.length} (seeds)`,
    ]),
  ].join('\n');
}

/** UAR of every group under every condition, each condition in a column of its own. */
function headline(measured: readonly ConditionReport[], mark: string): string {
  const columns = measured.map(({ condition }) => `UAR${mark}: ${CONDITION_WORDS[condition].label}`);
  const rows = groupsOf(measured[0]!).map(([name, { clips, speakers, labels }], at): HtmlCell[] => [
    name,
    clips,
    speakers,
    labels.length,
    ...measured.map((condition) => {
      const { uar, interval } = groupsOf(condition)[at]![1];
      return { text: `${percentWithDeviation(uar)}${intervalWords(interval?.uar)}`, share: uar.mean };
    }),
  ]);
  const caption =
    'UAR (the mean recall of the emotions) in per cent: mean and deviation over seeds, in brackets the 95 % interval over ' +
    'resampled speakers. In a corpus only its own labels compete; where it has no calm, calm counts as neutral.';
  return `<h2>Results${mark}</h2>\n${htmlTable(['Group', 'Clips', 'Speakers', 'Labels', ...columns], rows, { caption })}`;
}

function groupsOf({ pooled, byCorpus, bySex }: ConditionReport): [string, GroupReport][] {
  return [['all', pooled], ...Object.entries(byCorpus), ...Object.entries(bySex)];
}

const intervalWords = (interval: Interval | undefined): string =>
  interval === undefined ? '' : ` [${percent(interval.low)}, ${percent(interval.high)}]`;

function adaptation([alone, ...others]: readonly ConditionReport[]): string {
  if (alone?.condition !== 'clip' || others.length === 0) return '';
  const corpora = Object.keys(alone.byCorpus);
  const signed = (points: number) => `${points >= 0 ? '+' : '−'}${percent(Math.abs(points))}`;
  const rows = others.map(({ condition, runs }) => [
    CONDITION_WORDS[condition].label,
    ...[undefined, ...corpora].map((corpus) => {
      const { mean, deviation } = pairedDifference(alone.runs, runs, corpus).uar;
      return `${signed(mean)} ± ${percent(deviation)}`;
    }),
  ]);
  const caption =
    'UAR gained over the clip alone, in points: mean and deviation over the pairs of equal seed and fold.';
  return `<h3>What knowing the voice brings</h3>\n${htmlTable(['Condition', 'all', ...corpora], rows, { caption })}`;
}

function conditionSection(report: ConditionReport, mark: string): string {
  const { condition, pooled, byCorpus, calibration, riskCoverage, gainAt70 } = report;
  const { label, explanation } = CONDITION_WORDS[condition];
  const title = (name: string) => `${name}: ${label}${mark}`;
  const { temperature, before, after } = calibration;
  const trust =
    `Expected calibration error ${percent(before.ece)} % before and ${percent(after.ece)} % after temperature scaling ` +
    `(temperature ${temperature.mean.toFixed(2)} ± ${temperature.deviation.toFixed(2)}, fitted on validation predictions). ` +
    `Answering only the surest 70 % of the clips gains ${percent(gainAt70)} points of accuracy.`;
  return [
    `<h2>${escapeHtml(`Condition: ${label}${mark}`)}</h2>`,
    paragraph(explanation),
    scoresTable(report, mark),
    classesSection(title('All corpora'), pooled),
    ...Object.entries(byCorpus).map(([name, group]) =>
      htmlDetails(`${name}: UAR ${percentWithDeviation(group.uar)} %${mark}`, classesSection(title(name), group)),
    ),
    '<h3>Confidence</h3>',
    paragraph(trust),
    sideBySide(
      reliabilityPicture(title('Reliability'), calibration),
      riskPicture(title('Risk and coverage'), riskCoverage),
    ),
    htmlDetails(`Every network: ${report.runs.length}`, runsTable(report, mark)),
  ].join('\n');
}

function scoresTable(report: ConditionReport, mark: string): string {
  const head = ['Group', `UAR${mark}`, 'UAR 95 %', `Accuracy${mark}`, 'Accuracy 95 %', 'Macro F1', 'Weighted F1'];
  const rows = groupsOf(report).map(([name, { uar, accuracy, macroF1, weightedF1, interval }]) => [
    name,
    percentWithDeviation(uar),
    intervalWords(interval?.uar) || 'too few speakers',
    percentWithDeviation(accuracy),
    intervalWords(interval?.accuracy) || 'too few speakers',
    percentWithDeviation(macroF1),
    percentWithDeviation(weightedF1),
  ]);
  return htmlTable(head, rows, { caption: `In per cent${mark}; mean and deviation over seeds.` });
}

function runsTable({ runs, byCorpus }: ConditionReport, mark: string): string {
  const corpora = Object.keys(byCorpus);
  const rows = runs.map(({ split, seed, pooled, ...run }) => [
    split,
    seed,
    percent(pooled.uar),
    percent(pooled.accuracy),
    ...corpora.map((name) => (run.byCorpus[name] === undefined ? '' : percent(run.byCorpus[name].uar))),
  ]);
  const head = ['Split', 'Seed', `UAR${mark} (%)`, 'Accuracy (%)', ...corpora.map((name) => `UAR ${name} (%)`)];
  return htmlTable(head, rows);
}

function probeSection(probe: CorpusProbe | undefined): string {
  if (probe === undefined) return '';
  const words =
    `A linear classifier tells the corpus from the network's ${probe.on} with a mean recall of ${percent(probe.uar)} % ` +
    `(chance: ${percent(probe.chance)} %) on ${probe.clips} clips of speakers that it was not fitted on, of emotions that all ` +
    'corpora share. The nearer to chance, the less the network hears the recording instead of the voice.';
  return `<h2>Corpus probe</h2>\n${paragraph(words)}`;
}

function originSection({ manifest, splits, createdAt, labels }: EvaluationReport): string {
  const summary = `${manifest.clips} clips of ${manifest.speakers} speakers, labels ${labels.join(', ')}. ${createdAt}.`;
  return [
    '<h2>Data and splits</h2>',
    paragraph(summary),
    `<p>Manifest <code style="overflow-wrap:anywhere">${escapeHtml(manifest.hash)}</code></p>`,
    splitsTable(splits),
    ...splits.flatMap(({ name, dropped, notes }) => {
      const left = dropped.map(({ reason, clips }) => `${clips} clips left out: ${reason}`);
      return [...left, ...notes].map((note) => `<p class="note">${escapeHtml(`${name}: ${note}.`)}</p>`);
    }),
  ].join('\n');
}
