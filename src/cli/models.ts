import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { UndertoneError } from '../errors.ts';
import { modelIds, modelsFolder, readModel } from '../predictor/index.ts';
import { table } from './output.ts';

/** A model in `models/`, or what is wrong with it. */
type ListedModel =
  | {
      readonly id: string;
      readonly name: string;
      readonly labels: readonly string[];
      readonly input: string;
      readonly sampleRateHz: number;
      /** What its metrics.json says, as it is. */
      readonly metrics?: unknown;
    }
  | { readonly id: string; readonly error: string };

export function modelsCommand(): Command {
  return new Command('models')
    .description('List the models that predict knows by their ids, with their labels.')
    .option('--json', 'print JSON, with the metrics of each')
    .addHelpText(
      'after',
      `
Examples:
  undertone models
  undertone models --json | jq '.models[] | {id, labels}'

A model is a folder with a config.json and an ONNX file: models/README.md says how to bring your own.`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      const folder = modelsFolder();
      const models = await Promise.all((await modelIds()).map(listed));
      console.log(json ? JSON.stringify({ folder, models }, null, 2) : describe(folder, models));
    });
}

async function listed(id: string): Promise<ListedModel> {
  try {
    const { folder, config } = await readModel(id);
    const { name, labels, input } = config;
    const metrics = await readFile(join(folder, 'metrics.json'), 'utf8').then(
      (text) => ({ metrics: JSON.parse(text) as unknown }),
      () => ({}),
    );
    return { id, name, labels, input: input.kind, sampleRateHz: input.sampleRateHz, ...metrics };
  } catch (error) {
    if (!(error instanceof UndertoneError)) throw error;
    return { id, error: error.message };
  }
}

function describe(folder: string, models: readonly ListedModel[]): string {
  if (models.length === 0) {
    return `There are no models in ${folder} yet: train one with "undertone train", or bring your own as its README.md says.`;
  }
  const rows = models.map((model) =>
    'error' in model ? [model.id, 'BROKEN', model.error] : [model.id, model.name, model.labels.join(', ')],
  );
  return table([['id', 'name', 'labels'], ...rows], ['left', 'left', 'left']);
}
