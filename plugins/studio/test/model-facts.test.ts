import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { emotionColour, modelsFolder } from 'undertone';
import { readModelFacts } from '../src/model-facts.ts';

test('of the model that ships, all is said', async () => {
  const facts = await readModelFacts('default');
  const labels = facts.emotions.map(({ label }) => label);
  expect(labels).toHaveLength(8);
  for (const { label, colour } of facts.emotions) expect(colour).toBe(emotionColour(label, labels));
  const { judgements, byKnowledge, confusion } = facts.evaluation!;
  expect(judgements.map(({ name }) => name)).toEqual(['all corpora', 'CREMA-D', 'RAVDESS', 'SAVEE', 'TESS', 'female', 'male']); // prettier-ignore
  expect(judgements[0]).toMatchObject({ clips: 10_566, speakers: 101, emotions: 8 });
  expect(byKnowledge.map(({ known }) => known)).toEqual(['nothing', '8 other clips of the voice', 'all other clips of the voice']); // prettier-ignore
  expect(confusion.counts).toHaveLength(8);
  expect(facts.card.map(({ title }) => title)).toEqual(['Limits', 'Intended use', 'Prohibited use']);
});

test('the README has the same table of protocols', async () => {
  const { protocols } = await readModelFacts('default');
  const readme = readFileSync('README.md', 'utf8').replace(/ +/g, ' ');
  const number = (value: number, deviation?: number): string =>
    value.toFixed(1) + (deviation === undefined ? '' : ` ± ${deviation.toFixed(1)}`);
  for (const row of protocols!.rows) {
    const { protocol, newToTheNetwork, uar, uarDeviation, accuracy, accuracyDeviation, seeds, folds } = row;
    const cells = [
      ...[protocol, newToTheNetwork, number(uar, uarDeviation), number(accuracy, accuracyDeviation)],
      `${seeds} x ${folds}`,
    ];
    expect(readme).toContain(`| ${cells.join(' | ')} |`);
  }
});

test('of a model that came with nothing but its configuration, that is said; broken metrics are named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'undertone-model-'));
  copyFileSync(join(modelsFolder(), 'default/config.json'), join(folder, 'config.json'));
  expect(await readModelFacts(folder)).toMatchObject({ evaluation: null, protocols: null, card: [] });
  writeFileSync(join(folder, 'metrics.json'), '{}');
  await expect(readModelFacts(folder)).rejects.toMatchObject({ code: 'MODEL_INVALID' });
});
