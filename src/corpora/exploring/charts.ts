import {
  boxPanel,
  boxStatistics,
  categoryAxis,
  emotionColour,
  figure,
  htmlTable,
  linearAxis,
  stackedBarPanel,
  type BoxGroup,
  type BoxStatistics,
} from '../../pictures/index.ts';
import { EMOTIONS } from '../emotions.ts';
import type { ManifestEntry } from '../manifest.ts';

/** Values of clips, to be compared between emotions and groups. */
export interface Charted {
  readonly title: string;
  /** The values' unit. */
  readonly label: string;
  readonly groupOf: (entry: ManifestEntry) => string;
  readonly values: readonly { readonly entry: ManifestEntry; readonly value: number }[];
  readonly digits: number;
}

/** The room that a label on the x axis needs. */
const LABEL_PX = 90;

/** Boxes of the values of each group, for each emotion. */
export function boxesByEmotion(charted: Charted): string {
  const groups = groupBoxes(charted);
  const ends = groups.flatMap(({ boxes }) => boxes.flatMap((box) => (box === undefined ? [] : box.percentiles)));
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const margin = 0.06 * (high - low) || 1;
  return figure({
    title: charted.title,
    subtitle: 'Boxes: the middle half, with the median; whiskers: 5th to 95th percentile',
    description: `${charted.title}: percentiles in ${charted.label}, also in the table below the figure.`,
    xAxis: categoryAxis(EMOTIONS, '', LABEL_PX),
    panels: [{ title: '', heightPx: 260, yAxis: linearAxis([low - margin, high + margin], charted.label), groups }].map(
      boxPanel,
    ),
  });
}

function groupBoxes({ values, groupOf }: Charted): BoxGroup[] {
  const groups = [...Map.groupBy(values, ({ entry }) => groupOf(entry))];
  return groups.map(([label, own]) => {
    const byEmotion = Map.groupBy(own, ({ entry }) => entry.emotion);
    const boxes = EMOTIONS.map((emotion) => boxStatistics((byEmotion.get(emotion) ?? []).map(({ value }) => value)));
    return { label, boxes };
  });
}

/** The same as {@link boxesByEmotion} in numbers. */
export function boxTable(charted: Charted): string {
  const groups = groupBoxes(charted);
  const say = (box: BoxStatistics | undefined): string => {
    if (box === undefined) return '–';
    const [low, , median, , high] = box.percentiles.map((value) => value.toFixed(charted.digits));
    return `${median!} (${low!} to ${high!})`;
  };
  const rows = EMOTIONS.map((emotion, i) => [emotion, ...groups.map(({ boxes }) => say(boxes[i]))]);
  const caption = `Median (5th to 95th percentile), ${charted.label}`;
  return htmlTable(['emotion', ...groups.map(({ label }) => label)], rows, { caption });
}

/** A bar for each speaker, divided by the emotions of the speaker's clips. */
export function speakersFigure(entries: readonly ManifestEntry[]): string {
  const speakers = [...Map.groupBy(entries, ({ speaker }) => speaker)];
  const names = speakers.map(([name]) => name);
  const parts = EMOTIONS.map((emotion) => ({
    label: emotion,
    colour: emotionColour(emotion, EMOTIONS),
    values: speakers.map(([, own]) => own.filter((clip) => clip.emotion === emotion).length / own.length),
  }));
  return figure({
    title: 'Emotions by speaker',
    description: `Shares of the emotions in the clips of ${names.length} speakers, also in the tables below the figure.`,
    xAxis: categoryAxis(names, 'speaker', LABEL_PX),
    panels: [stackedBarPanel({ title: '', heightPx: 200, yAxis: linearAxis([0, 1], 'share of clips'), parts })],
  });
}
