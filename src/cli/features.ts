import { Command } from 'commander';
import { UndertoneError } from '../errors.ts';
import { FeatureExtractor, pyin, timeMeans, type FeatureMatrix, type PyinOptions } from '../features/index.ts';
import {
  addFeatureOptions,
  featureConfig,
  meaninglessOptions,
  pyinOptions,
  requireFeatureName,
  type FeatureOptions,
  type NamedFeature,
} from './feature-options.ts';
import { openRecording, warn, wholeRecording, type Recording } from './recording.ts';
import { matrixAsJson, matrixAsNpy, table, writeFileWhole, writeStandardOutput } from './output.ts';
import { summarizeFolder } from './summary.ts';

interface FeaturesCommandOptions extends FeatureOptions {
  feature?: string;
  out?: string;
  json?: boolean;
  summary?: string;
}

export function featuresCommand(): Command {
  const command = new Command('features')
    .description('Compute a feature of a recording exactly as librosa does, or summarise a folder of recordings.')
    .argument('[file]', 'a recording: WAV, AIFF, FLAC, MP3, Ogg, WebM, M4A')
    .option('--feature <name>', 'which feature, by librosa’s name; recipe162 for the classic 162 numbers')
    .option('--out <path>', 'write to a .npy or .json file instead of printing a summary')
    .option('--json', 'print JSON')
    .option('--summary <folder>', 'decode all recordings below a folder to features and print what they are like');
  return addFeatureOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  undertone features speech.wav --feature mfcc --n-mfcc 40 --json
  undertone features speech.flac --feature melspectrogram --db --n-fft 512 --hop 160 --win 400 --n-mels 64 --out mel.npy
  undertone features call.mp3 --feature rms --sample-rate native
  undertone features --summary recordings/

Matrices have one row a dimension and one column a frame, as in librosa.`,
    )
    .action(async (file: string | undefined, options: FeaturesCommandOptions) => {
      if (options.summary !== undefined) await summarizeFolder(options.summary, options);
      else await computeAndWrite(requireFile(file), options);
    });
}

function requireFile(file: string | undefined): string {
  if (file !== undefined) return file;
  throw new UndertoneError('USAGE', {
    problem: 'no recording was named',
    remedy: 'Name a file, or a folder with --summary; --help shows examples.',
  });
}

type Format = 'npy' | 'json';

function outputFormat(path: string): Format {
  const format = /\.(npy|json)$/i.exec(path)?.[1]?.toLowerCase();
  if (format === 'npy' || format === 'json') return format;
  throw new UndertoneError('USAGE', {
    subject: path,
    problem: 'has an ending that is no known output format',
    remedy: 'End the name of --out in .npy or .json.',
  });
}

/** A feature with the frames that it was computed of. */
interface Computed {
  readonly matrix: FeatureMatrix;
  readonly hopLength: number;
}

async function compute(feature: NamedFeature, recording: Recording, options: FeatureOptions): Promise<Computed> {
  const { sampleRateHz } = recording;
  if (feature === 'pyin') return computePyin(recording, pyinOptions(sampleRateHz, options));
  const config = featureConfig(feature, sampleRateHz, options);
  const extractor = FeatureExtractor.fromConfig(config);
  const { hopLength } = extractor.config;
  const matrix = await extractor.extractFrom(() => recording.read());
  if (feature !== 'recipe162') return { matrix, hopLength };
  return { matrix: { data: Float32Array.from(timeMeans(matrix)), frames: 1, dims: matrix.dims }, hopLength };
}

/** Three rows: F0 in Hz (no number where unvoiced), voiced flag, probability of voicing. */
async function computePyin(recording: Recording, options: PyinOptions): Promise<Computed> {
  const { f0, voicedFlag, voicedProbability } = pyin(await wholeRecording(recording), options);
  const data = new Float32Array(3 * f0.length);
  for (let frame = 0; frame < f0.length; frame++) {
    data.set([f0[frame]!, voicedFlag[frame]!, voicedProbability[frame]!], 3 * frame);
  }
  return { matrix: { data, frames: f0.length, dims: 3 }, hopLength: options.hopLength! };
}

async function computeAndWrite(file: string, options: FeaturesCommandOptions): Promise<void> {
  const feature = requireFeatureName(options.feature);
  const format = options.out === undefined ? undefined : outputFormat(options.out);
  for (const option of meaninglessOptions(feature, options)) {
    warn(`${option} means nothing to ${feature} and was ignored`);
  }
  const recording = await openRecording(file, options.sampleRate);
  const { matrix, hopLength } = await compute(feature, recording, options);
  for (const { message } of recording.warnings) warn(`${file}: ${message}`);
  const json = matrixAsJson(feature, matrix, { sampleRateHz: recording.sampleRateHz, hopLength });
  if (options.out !== undefined) {
    await writeFileWhole(options.out, format === 'npy' ? matrixAsNpy(matrix) : json);
    if (options.json) console.log(JSON.stringify({ feature, shape: [matrix.dims, matrix.frames], out: options.out }));
    else console.error(`${options.out}: ${feature}, ${matrix.dims} x ${matrix.frames} (dimensions x frames)`);
  } else if (options.json) await writeStandardOutput(json);
  else console.log(describe(feature, matrix, recording));
}

/** What a person wants to see of a matrix: its shape and the range of each dimension. */
function describe(feature: string, matrix: FeatureMatrix, recording: Recording): string {
  const { container, codec, sampleRateHz, channels } = recording.info;
  const sound = `${container}, ${codec}, ${sampleRateHz} Hz, ${channels} ${channels === 1 ? 'channel' : 'channels'}`;
  const rows = [['dimension', 'mean', 'deviation', 'minimum', 'maximum']];
  const show = (value: number): string => (Number.isFinite(value) ? value.toPrecision(5) : '-');
  const shown = Math.min(matrix.dims, 40);
  for (let dim = 0; dim < shown; dim++) {
    const { mean, deviation, minimum, maximum } = describeDimension(matrix, dim);
    rows.push([String(dim), show(mean), show(deviation), show(minimum), show(maximum)]);
  }
  const more = matrix.dims > shown ? `\n... and ${matrix.dims - shown} dimensions more (--json shows all)` : '';
  const head = `${feature}: ${matrix.dims} x ${matrix.frames} (dimensions x frames) at ${recording.sampleRateHz} Hz`;
  return `${head}\nfrom ${sound}\n\n${table(rows)}${more}`;
}

function describeDimension(matrix: FeatureMatrix, dim: number) {
  const { data, frames, dims } = matrix;
  let [sum, squares, minimum, maximum] = [0, 0, Infinity, -Infinity];
  for (let frame = 0; frame < frames; frame++) {
    const value = data[frame * dims + dim]!;
    sum += value;
    squares += value * value;
    minimum = Math.min(minimum, value);
    maximum = Math.max(maximum, value);
  }
  const mean = sum / frames;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / frames - mean * mean)), minimum, maximum };
}
