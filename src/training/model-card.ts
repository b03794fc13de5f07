import { CORPORA } from '../corpora/corpora.ts';
import type { ManifestEntry } from '../corpora/manifest.ts';
import { CONDITION_WORDS, PROTOCOL_WORDS, type EvaluationReport } from './evaluation/index.ts';
import type { TrainingRecipe } from './recipe.ts';

/** What a model card is written from. */
export interface ModelCard {
  readonly name: string;
  readonly description: string;
  readonly recipe: TrainingRecipe;
  readonly labels: readonly string[];
  readonly parameters: number;
  /** The clips that the network was trained on. */
  readonly trained: readonly ManifestEntry[];
  /** Of this network, or of others of the same recipe; none where nothing was held out. */
  readonly evaluation?: EvaluationReport;
}

const percent = (share: number): string => (100 * share).toFixed(1);
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(row).join('');
const distinct = (values: readonly string[]): string[] => [...new Set(values)];

/** A model card (Mitchell et al. 2019) in Markdown. */
export function modelCard(card: ModelCard): string {
  const { name, description, recipe, labels, parameters } = card;
  return `# ${name}

${description}

- Emotions: ${labels.join(', ')}.
- Network: ${recipe.network.kind}, ${parameters} weights, recipe "${recipe.name}".
- Input: features of one clip of speech; config.json has all settings, and \`EmotionPredictor\` reads them from there.

## Data

${dataTable(card.trained)}
All of it is acted. The licences of the corpora bind what is done with a model that was trained on them.

## How well it hears

${card.evaluation ? measured(card.evaluation) : 'Not measured: all clips were trained on.\n'}
## Limits

Actors' emotions are clearer than people's own, and mostly spoken in English. A restrained voice is often heard as neutral.
Scores are likelihoods of how something sounds, not of what somebody feels. Below the confidence that config.json states a
prediction is marked \`uncertain\`: treat it as no prediction.

## Intended use

Research, moderation with a person who decides, and summaries of conversations whose participants have agreed.

## Prohibited use

Decisions about people, and judging staff or pupils: in the European Union, systems that infer emotions at work or in education
are prohibited (Regulation (EU) 2024/1689, Article 5(1)(f)).
`;
}

function dataTable(entries: readonly ManifestEntry[]): string {
  const byCorpus = Map.groupBy(entries, ({ corpus }) => corpus);
  const rows = Array.from(byCorpus, ([name, clips]) => {
    const known = CORPORA.find((corpus) => corpus.name === name);
    const speakers = distinct(clips.map(({ speaker }) => speaker)).length;
    return [name, String(clips.length), String(speakers), known?.licence ?? 'unknown', known?.homepage ?? ''];
  });
  return tableOf(['Corpus', 'Clips', 'Speakers', 'Licence', 'Home'], rows);
}

function measured({ protocol, conditions, seeds, splits }: EvaluationReport): string {
  const about = `${PROTOCOL_WORDS[protocol].explanation} Means over ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'} and ${splits.length} ${splits.length === 1 ? 'split' : 'splits'}; metrics.json has all figures.`;
  const reports = Object.values(conditions);
  const groups = distinct(reports.flatMap(({ byCorpus, bySex }) => [...Object.keys(byCorpus), ...Object.keys(bySex)]));
  const rows = ['all', ...groups].map((group) => [
    group,
    ...reports.map((report) => {
      const figures = group === 'all' ? report.pooled : (report.byCorpus[group] ?? report.bySex[group]);
      return figures ? `${percent(figures.uar.mean)} (${figures.labels.length})` : '-';
    }),
  ]);
  const head = reports.map(({ condition }) => CONDITION_WORDS[condition].label);
  const errors = reports.map(({ calibration }) => percent(calibration.after.ece)).join(', ');
  return `${about}

UAR in per cent (number of emotions):

${tableOf(['', ...head], rows)}
Expected calibration error in per cent, in the same order: ${errors}.
`;
}
