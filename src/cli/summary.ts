import { findRecordings } from '../audio/index.ts';
import { UndertoneError } from '../errors.ts';
import { FeatureExtractor, type FeatureColumns } from '../features/index.ts';
import { mapInWorkers } from '../workers.ts';
import { featureConfig, requireFeatureName, type FeatureOptions } from './feature-options.ts';
import { table } from './output.ts';
import { progressBar } from './progress.ts';
import type { FileSummary, SummarySettings } from './summary-worker.ts';

interface SummaryOptions extends FeatureOptions {
  feature?: string;
  json?: boolean;
}

/** Running mean and deviation over files (Welford 1962). */
class Spread {
  #count = 0;
  #mean = 0;
  #squares = 0;

  add(value: number): void {
    this.#count++;
    const distance = value - this.#mean;
    this.#mean += distance / this.#count;
    this.#squares += distance * (value - this.#mean);
  }

  get mean(): number {
    return this.#mean;
  }

  get deviation(): number {
    return this.#count > 1 ? Math.sqrt(this.#squares / (this.#count - 1)) : 0;
  }
}

async function summarizeInParallel(files: readonly string[], settings: SummarySettings): Promise<FileSummary[]> {
  const progress = progressBar(files.length, 'files');
  const job = { module: new URL('./summary-worker', import.meta.url), name: 'summarizeFiles', settings };
  try {
    return await mapInWorkers(files, job, { onProgress: progress.update });
  } finally {
    progress.stop();
  }
}

/** The mean over the dimensions of a feature, of one file's time means. */
function featureMean(means: Float64Array, { start, length }: FeatureColumns): number {
  let sum = 0;
  for (let i = start; i < start + length; i++) sum += means[i]!;
  return sum / length;
}

/** Decodes every recording below a folder to features, on all cores, and prints what they are like and how fast it was. */
export async function summarizeFolder(folder: string, options: SummaryOptions): Promise<void> {
  const started = performance.now();
  const sampleRateHz = options.sampleRate;
  if (sampleRateHz === 'native') {
    throw new UndertoneError('USAGE', {
      subject: '--sample-rate native',
      problem: 'would compare recordings of different rates',
      remedy: 'Give --summary a rate in Hz.',
    });
  }
  const feature = requireFeatureName(options.feature ?? 'recipe162');
  if (feature === 'pyin') {
    throw new UndertoneError('USAGE', {
      subject: '--feature pyin',
      problem: 'has no mean over a recording, for unvoiced frames have no pitch',
      remedy: 'Use --feature yin to compare folders.',
    });
  }
  const config = featureConfig(feature, sampleRateHz, options);
  const { columns, dims } = FeatureExtractor.fromConfig(config);
  const files = await findRecordings(folder);
  const summaries = await summarizeInParallel(files, { sampleRateHz, config });
  const seconds = (performance.now() - started) / 1_000;

  const failures = summaries.filter((summary) => 'error' in summary);
  const decoded = summaries.filter((summary) => 'means' in summary);
  const warned = decoded.filter(({ warnings }) => warnings.length > 0);
  const audioSeconds = decoded.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1_000;
  const features = columns.map((column) => {
    const spread = new Spread();
    for (const { means } of decoded) spread.add(featureMean(means, column));
    return { feature: column.name, derivative: column.derivative, mean: spread.mean, deviation: spread.deviation };
  });
  const result = {
    folder,
    files: files.length,
    decoded: decoded.length,
    failures,
    warnings: warned.map(({ file, warnings }) => ({ file, warnings })),
    audioSeconds,
    seconds,
    realTimeFactor: seconds / audioSeconds,
    timesRealTime: audioSeconds / seconds,
    dims,
    features,
  };
  if (options.json) console.log(JSON.stringify(result));
  else console.log(describe(result));
  if (decoded.length === 0) process.exitCode = 1;
}

function describe(result: {
  readonly folder: string;
  readonly files: number;
  readonly decoded: number;
  readonly failures: readonly { file: string; error: string }[];
  readonly warnings: readonly { file: string; warnings: readonly string[] }[];
  readonly audioSeconds: number;
  readonly seconds: number;
  readonly timesRealTime: number;
  readonly features: readonly { feature: string; derivative: number; mean: number; deviation: number }[];
}): string {
  const rows = [['feature (mean over time and dimensions)', 'mean', 'deviation']];
  for (const { feature, derivative, mean, deviation } of result.features) {
    rows.push([
      derivative === 0 ? feature : `${feature}, derivative ${derivative}`,
      mean.toPrecision(5),
      deviation.toPrecision(5),
    ]);
  }
  const lines = [
    `${result.folder}: ${result.decoded} of ${result.files} recordings decoded, ${(result.audioSeconds / 60).toFixed(1)} minutes of audio`,
    `in ${result.seconds.toFixed(1)} s, ${result.timesRealTime.toFixed(0)} times faster than real time`,
    '',
    table(rows),
  ];
  for (const { error } of result.failures) lines.push(`failed: ${error}`);
  for (const { file, warnings } of result.warnings) lines.push(`warning: ${file}: ${warnings.join(' ')}`);
  return lines.join('\n');
}
