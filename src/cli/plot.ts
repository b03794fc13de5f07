import { basename } from 'node:path';
import { Command } from 'commander';
import { UndertoneError } from '../errors.ts';
import { FeatureExtractor, melFrequencies, type FeatureColumns, type FeatureMatrix } from '../features/index.ts';
import { recordingPicture, renderPng, RunningEnvelope } from '../pictures/index.ts';
import { numberOr, numberOption } from './arguments.ts';
import { writeFileWhole } from './output.ts';
import { openRecording, warn } from './recording.ts';

const N_MELS = 128;

interface PlotOptions {
  out?: string;
  sampleRate: number | 'native';
  nFft: number;
  hop: number;
  width: number;
  title?: string;
  json?: boolean;
}

export function plotCommand(): Command {
  return new Command('plot')
    .description('Draw a recording: waveform, mel spectrogram, MFCC, chroma and RMS on one time axis.')
    .argument('<file>', 'a recording: WAV, AIFF, FLAC, MP3, Ogg, WebM, M4A')
    .requiredOption('--out <path>', 'the picture to write: .png or .svg')
    .option('--sample-rate <hz>', 'resample to this rate, or "native"', numberOr('native'), 16_000)
    .option('--n-fft <n>', 'samples a frame', numberOption, 1_024)
    .option('--hop <n>', 'samples from frame to frame', numberOption, 256)
    .option('--width <px>', 'width of the picture; a PNG has twice as many pixels', numberOption, 960)
    .option('--title <text>', 'heading of the picture (default: the file’s name)')
    .option('--json', 'print what was drawn as JSON')
    .addHelpText(
      'after',
      `
Examples:
  undertone plot speech.wav --out speech.png
  undertone plot call.mp3 --out call.svg --title "Call of 3 May" --width 1400
  undertone plot music.flac --sample-rate native --n-fft 4096 --hop 1024 --out music.png`,
    )
    .action(plot);
}

/** The columns of one feature as a matrix of its own. */
function columnsOf({ data, frames, dims }: FeatureMatrix, { start, length }: FeatureColumns): FeatureMatrix {
  const out = new Float32Array(frames * length);
  for (let frame = 0; frame < frames; frame++) {
    out.set(data.subarray(frame * dims + start, frame * dims + start + length), frame * length);
  }
  return { data: out, frames, dims: length };
}

async function plot(file: string, options: PlotOptions): Promise<void> {
  const out = options.out!;
  const format = /\.(png|svg)$/i.exec(out)?.[1]?.toLowerCase();
  if (format === undefined) {
    throw new UndertoneError('USAGE', {
      subject: out,
      problem: 'has an ending that is no known picture format',
      remedy: 'End the name of --out in .png or .svg.',
    });
  }
  const recording = await openRecording(file, options.sampleRate);
  const { sampleRateHz, info, warnings } = recording;
  const extractor = FeatureExtractor.fromConfig({
    sampleRateHz,
    nFft: options.nFft,
    hopLength: options.hop,
    features: [
      { name: 'melspectrogram', nMels: N_MELS, decibels: {} },
      { name: 'mfcc', nMels: N_MELS },
      { name: 'chroma_stft' },
      { name: 'rms' },
    ],
  });
  const waveform = new RunningEnvelope();
  let firstReading = true;
  const matrix = await extractor.extractFrom(async function* () {
    for await (const chunk of recording.read()) {
      if (firstReading) waveform.add(chunk);
      yield chunk;
    }
    firstReading = false;
  });
  for (const { message } of warnings) warn(`${file}: ${message}`);
  const [melDb, mfcc, chroma, rms] = extractor.columns.map((columns) => columnsOf(matrix, columns));
  const durationMs = (1_000 * waveform.samples) / sampleRateHz;
  const svg = recordingPicture(
    {
      title: options.title ?? basename(file),
      subtitle: `${(durationMs / 1_000).toFixed(2)} s, ${info.codec}, ${info.sampleRateHz} Hz, heard at ${sampleRateHz} Hz`,
      ...waveform.envelope(),
      durationMs,
      hopMs: (1_000 * options.hop) / sampleRateHz,
      melDb: melDb!,
      melCentresHz: melFrequencies(N_MELS + 2, 0, sampleRateHz / 2).subarray(1, -1),
      mfcc: mfcc!,
      chroma: chroma!,
      rms: rms!,
    },
    { width: options.width },
  );
  await writeFileWhole(out, [format === 'png' ? renderPng(svg) : svg]);
  if (options.json) console.log(JSON.stringify({ file, out, durationMs, frames: matrix.frames }));
  else console.error(`${out}: ${(durationMs / 1_000).toFixed(2)} s drawn`);
}
