/** The pictures of evaluation and training reports. */
import { INK } from '../../pictures/colours.ts';
import { barPanel, categoryAxis, cellPanel, figure, linearAxis, linePanel } from '../../pictures/index.ts';
import { LINE_COLOURS, type Axis, type LineSeries } from '../../pictures/index.ts';
import { percent } from './leakage.ts';
import type { CalibrationReport, ClassScore, EpochRecord, RiskCoverage, Scores } from './types.ts';

/** Half of a report page's column, so that two stand side by side. */
const WIDTH_PX = 480;
/** What {@link figure} leaves for the plot at that width, so that a matrix is square. */
const PLOT_PX = 344;
const SHARE: readonly [number, number] = [0, 1];
/** More labels than this do not stand side by side in full. */
const FULL_LABELS = 6;

function columnAxis(labels: readonly string[], label: string): Axis {
  return categoryAxis(labels.length > FULL_LABELS ? labels.map((name) => name.slice(0, 4)) : labels, label);
}

/** A confusion matrix as a heat map: each row's shares in per cent, the counts where the pointer rests. */
export function confusionPicture(title: string, { labels, confusion }: Pick<Scores, 'labels' | 'confusion'>): string {
  const totals = confusion.map((row) => row.reduce((total, count) => total + count, 0));
  const values = confusion.map((row, truth) => row.map((count) => count / totals[truth]!));
  const recalls = labels.map((label, i) => `${label} ${totals[i] === 0 ? 'absent' : `${percent(values[i]![i]!)} %`}`);
  return figure({
    title,
    widthPx: WIDTH_PX,
    description: `Confusion matrix. Heard rightly: ${recalls.join(', ')}.`,
    xAxis: columnAxis(labels, 'heard as'),
    panels: [
      cellPanel({
        title: 'Confusion',
        note: 'rows: true, in per cent of the row',
        heightPx: PLOT_PX,
        rows: labels,
        values,
        range: SHARE,
        colours: 'cividis',
        text: (truth, heard) => String(Math.round(100 * values[truth]![heard]!)),
        hint: (truth, heard) =>
          `${labels[truth]!} heard as ${labels[heard]!}: ${confusion[truth]![heard]!} of ${totals[truth]!}`,
      }),
    ],
  });
}

/** Precision, recall and F1 of each label. */
export function classPicture(title: string, perClass: Readonly<Record<string, ClassScore>>): string {
  const labels = Object.keys(perClass);
  const scores = Object.values(perClass);
  const series = (['precision', 'recall', 'f1'] as const).map((score) => ({
    label: score === 'f1' ? 'F1' : score,
    values: scores.map((own) => own[score]),
    at: (index: number) => index,
  }));
  return figure({
    title,
    widthPx: WIDTH_PX,
    description: scores.map(({ f1 }, i) => `${labels[i]!}: F1 ${percent(f1)} %`).join(', '),
    xAxis: columnAxis(labels, 'emotion'),
    panels: [barPanel({ title: '', heightPx: PLOT_PX, yAxis: linearAxis(SHARE, 'share'), series })],
  });
}

/** Accuracy against confidence before and after calibration, and how often which confidence occurs. */
export function reliabilityPicture(title: string, { before, after }: CalibrationReport): string {
  const [blue, orange] = LINE_COLOURS;
  const perfect = { values: SHARE, at: (index: number) => index, colour: INK.frame };
  const kinds = [
    { label: 'before', colour: orange, bins: before.bins },
    { label: 'after', colour: blue, bins: after.bins },
  ];
  const curves = kinds.map(({ bins, ...line }) => {
    const filled = bins.filter(({ clips }) => clips > 0);
    const values = filled.map(({ accuracy }) => accuracy);
    return { ...line, values, at: (index: number) => filled[index]!.confidence };
  });
  const bars = kinds.map(({ bins, ...line }) => {
    const all = bins.reduce((total, { clips }) => total + clips, 0);
    const values = bins.map(({ clips }) => clips / all);
    return { ...line, values, at: (index: number) => (bins[index]!.low + bins[index]!.high) / 2 };
  });
  const most = Math.max(...bars.flatMap(({ values }) => values));
  const note = `ECE ${percent(before.ece)} % before, ${percent(after.ece)} % after`;
  const step = 1 / before.bins.length;
  return figure({
    title,
    widthPx: WIDTH_PX,
    description: `Reliability diagram. ${note}.`,
    xAxis: linearAxis(SHARE, 'confidence', 40),
    panels: [
      linePanel({ title: note, heightPx: 250, yAxis: linearAxis(SHARE, 'accuracy'), series: [perfect, ...curves] }),
      barPanel({ title: 'Clips', heightPx: 56, yAxis: linearAxis([0, most * 1.05 || 1], 'share'), series: bars, step }),
    ],
  });
}

/** The error rate over the share of clips that is answered. */
export function riskPicture(title: string, { aurc, points }: RiskCoverage): string {
  const most = Math.max(0.05, ...points.map(({ risk }) => risk));
  const series = [{ values: points.map(({ risk }) => risk), at: (index: number) => points[index]!.coverage }];
  return figure({
    title,
    widthPx: WIDTH_PX,
    description: `Risk-coverage curve; the area under it is ${aurc.toFixed(3)}.`,
    xAxis: linearAxis(SHARE, 'coverage: share of clips that is answered', 40),
    panels: [
      linePanel({
        title: `Area ${aurc.toFixed(3)}`,
        note: 'wrong among the surest',
        heightPx: PLOT_PX,
        yAxis: linearAxis([0, most * 1.05], 'risk'),
        series,
      }),
    ],
  });
}

/** Loss, UAR and learning rate over the epochs. */
export function epochsPicture(title: string, epochs: readonly EpochRecord[], bestEpoch: number): string {
  const [blue, orange, green] = LINE_COLOURS;
  const curve = (colour: string, value: (epoch: EpochRecord) => number | undefined, label?: string) => {
    const values = epochs.map((epoch) => value(epoch) ?? NaN);
    return { values, at: (index: number) => epochs[index]!.epoch, colour, ...(label === undefined ? {} : { label }) };
  };
  const losses = [
    curve(blue, ({ trainLoss }) => trainLoss, 'training'),
    curve(orange, ({ validationLoss }) => validationLoss, 'validation'),
  ];
  const uar = curve(orange, ({ validationUar }) => validationUar);
  const rate = curve(green, ({ learningRate }) => learningRate);
  const best = epochs.find(({ epoch }) => epoch === bestEpoch)?.validationUar;
  const panel = (name: string, heightPx: number, series: readonly LineSeries[], yAxis: Axis, note = '') => {
    const mark = { values: yAxis.domain, at: () => bestEpoch, colour: INK.frame };
    return linePanel({ title: name, note, heightPx, yAxis, series: [mark, ...series] });
  };
  return figure({
    title,
    description: `${epochs.length} epochs; the weights of epoch ${bestEpoch} were kept.`,
    xAxis: epochAxis(epochs.at(-1)?.epoch ?? 1),
    panels: [
      panel('Loss', 200, losses, axisOver(losses)),
      panel(
        'UAR on the validation part',
        200,
        [uar],
        linearAxis(SHARE, 'share'),
        best === undefined ? 'not measured' : `${percent(best)} % in epoch ${bestEpoch}, whose weights were kept`,
      ),
      panel('Learning rate', 90, [rate], axisOver([rate])),
    ],
  });
}

function epochAxis(last: number): Axis {
  const axis = linearAxis([0.5, last + 0.5], 'Epoch', 40);
  const ticks = (lengthPx: number) =>
    axis.ticks(lengthPx).flatMap(({ at }) => (Number.isInteger(at) ? [{ at, label: String(at) }] : []));
  return { ...axis, ticks };
}

/** From 0 (or the least value, where that is below it) to a little above the greatest. */
function axisOver(series: readonly { readonly values: readonly number[] }[]): Axis {
  const values = series.flatMap((line) => line.values.filter(Number.isFinite));
  return linearAxis([Math.min(0, ...values), Math.max(0, ...values) * 1.05 || 1]);
}
