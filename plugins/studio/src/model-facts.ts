import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { emotionColour, readModel, UndertoneError } from 'undertone';
import { z } from 'zod';
import type { Judgement, ModelFacts } from './protocol.ts';

/** Of what `undertone evaluate` writes, the parts that the page shows. */
const figure = z.object({ mean: z.number(), deviation: z.number() });
const interval = z.object({ low: z.number(), high: z.number() });
const group = z.object({
  clips: z.number(),
  speakers: z.number(),
  labels: z.array(z.string()),
  uar: figure,
  accuracy: figure,
  macroF1: figure,
  interval: z.object({ uar: interval, accuracy: interval }).nullish(),
  confusion: z.array(z.array(z.number())),
});
const condition = z.object({
  pooled: group,
  byCorpus: z.record(z.string(), group),
  bySex: z.record(z.string(), group).default({}),
  calibration: z.object({ after: z.object({ ece: z.number() }) }).nullish(),
});
const metricsSchema = z.object({
  explanation: z.string(),
  model: z.object({ parameters: z.number() }),
  seeds: z.array(z.number()),
  splits: z.array(z.unknown()),
  conditions: z.record(z.string(), condition),
});
const protocolsSchema = z.strictObject({
  note: z.string(),
  rows: z.array(
    z.strictObject({
      protocol: z.string(),
      newToTheNetwork: z.string(),
      uar: z.number(),
      uarDeviation: z.number().optional(),
      accuracy: z.number(),
      accuracyDeviation: z.number().optional(),
      seeds: z.int(),
      folds: z.int(),
    }),
  ),
});

/** Sections of a model's card that its users must know. */
const CARD_SECTIONS = ['Limits', 'Intended use', 'Prohibited use'];

/** How much of a voice was known, in words: `adapted-8` becomes "8 other clips of the voice". */
function knowledge(name: string): string {
  if (name === 'clip') return 'nothing';
  const [, clips] = /^adapted-(\w+)$/.exec(name) ?? [];
  return clips === undefined ? name : `${clips} other clips of the voice`;
}

/**
 * Reads what is known of a model from its folder: configuration, metrics, card.
 * @throws UndertoneError MODEL_NOT_FOUND, MODEL_INVALID
 */
export async function readModelFacts(idOrPath: string): Promise<ModelFacts> {
  const { id, folder, config } = await readModel(idOrPath);
  const [metrics, protocols, card] = await Promise.all([
    readJson(join(folder, 'metrics.json'), metricsSchema),
    readJson(join(folder, 'protocols.json'), protocolsSchema),
    readFile(join(folder, 'README.md'), 'utf8').catch(() => ''),
  ]);
  return {
    id,
    description: config.description ?? '',
    emotions: config.labels.map((label) => ({ label, colour: emotionColour(label, config.labels) })),
    abstainBelow: config.calibration.abstainBelow,
    evaluation: metrics && evaluationOf(metrics),
    protocols: protocols as ModelFacts['protocols'],
    card: sectionsOf(card).filter(({ title }) => CARD_SECTIONS.includes(title)),
  };
}

function evaluationOf({
  explanation,
  model,
  seeds,
  splits,
  conditions,
}: z.output<typeof metricsSchema>): ModelFacts['evaluation'] {
  const alone = conditions.clip ?? Object.values(conditions)[0];
  if (!alone) return null;
  const groups = { 'all corpora': alone.pooled, ...alone.byCorpus, ...alone.bySex };
  return {
    explanation,
    parameters: model.parameters,
    seeds: seeds.length,
    splits: splits.length,
    judgements: Object.entries(groups).map(([name, judged]) => judgementOf(name, judged)),
    byKnowledge: Object.entries(conditions).map(([name, { pooled, calibration }]) => ({
      known: knowledge(name),
      uar: pooled.uar.mean,
      calibrationError: calibration?.after.ece ?? null,
    })),
    confusion: { labels: alone.pooled.labels, counts: alone.pooled.confusion },
  };
}

function judgementOf(name: string, judged: z.output<typeof group>): Judgement {
  const { clips, speakers, labels, uar, accuracy, macroF1 } = judged;
  const within = (range?: z.output<typeof interval>) => (range ? ([range.low, range.high] as const) : null);
  return {
    ...{ name, emotions: labels.length, clips, speakers },
    uar: { ...uar, interval: within(judged.interval?.uar) },
    accuracy: { ...accuracy, interval: within(judged.interval?.accuracy) },
    macroF1: { ...macroF1, interval: null },
  };
}

/** null where there is no such file. */
async function readJson<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema> | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new UndertoneError('MODEL_INVALID', {
      subject: path,
      problem: 'is not as the studio can show it',
      remedy: 'Write it anew with "undertone evaluate", or remove it.',
      cause,
    });
  }
}

/** The sections of a card in Markdown: plain paragraphs under headings. */
function sectionsOf(card: string): ModelFacts['card'][number][] {
  return card
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...paragraphs] = section.split(/\n\s*\n/).map((text) => text.replace(/\s*\n\s*/g, ' ').trim());
      return { title, paragraphs: paragraphs.filter((text) => text !== '') };
    });
}
