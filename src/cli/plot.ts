import { basename } from 'node:path';
import { Command } from 'commander';
import { FeatureExtractor } from '../features/index.ts';
import { pictureFeatures, picturePanels, recordingPicture, RunningEnvelope } from '../pictures/index.ts';
import { numberOr, numberOption } from './arguments.ts';
import { pictureFormat, writePicture } from './picture-file.ts';
import { openRecording, warn } from './recording.ts';

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

async function plot(file: string, options: PlotOptions): Promise<void> {
  const out = options.out!;
  const format = pictureFormat(out, '--out');
  const recording = await openRecording(file, options.sampleRate);
  const { sampleRateHz, info, warnings } = recording;
  const framing = { sampleRateHz, nFft: options.nFft, hopLength: options.hop };
  const extractor = FeatureExtractor.fromConfig(pictureFeatures(framing));
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
  const durationMs = (1_000 * waveform.samples) / sampleRateHz;
  const svg = recordingPicture(
    {
      title: options.title ?? basename(file),
      subtitle: `${(durationMs / 1_000).toFixed(2)} s, ${info.codec}, ${info.sampleRateHz} Hz, heard at ${sampleRateHz} Hz`,
      ...waveform.envelope(),
      durationMs,
      ...picturePanels(extractor, matrix),
    },
    { width: options.width },
  );
  await writePicture(out, format, svg);
  if (options.json) console.log(JSON.stringify({ file, out, durationMs, frames: matrix.frames }));
  else console.error(`${out}: ${(durationMs / 1_000).toFixed(2)} s drawn`);
}
