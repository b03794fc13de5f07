import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { cpus, totalmem } from 'node:os';
import { Command } from 'commander';
import { createAacDecoder } from '../audio/aac.ts';
import { createOpusPacketDecoder } from '../audio/index.ts';
import { computeFeature } from '../features/index.ts';
import { recordingPicture, renderPng } from '../pictures/index.ts';
import { EmotionPredictor } from '../predictor/index.ts';
import { table } from './output.ts';
import { packageVersion } from './version.ts';

/** A part of the engine that can be missing or broken on a machine. */
interface Part {
  readonly name: string;
  readonly purpose: string;
  /** Nobody must have it: its absence is no failure. */
  readonly optional: boolean;
  /** The npm package whose version to show. */
  readonly package?: string;
  /** Uses the part for real; throws where it does not work. May say something about how it works. */
  check(): Promise<string | undefined>;
  readonly cure: string;
}

/** What was found of a part. */
interface Finding {
  readonly name: string;
  readonly purpose: string;
  readonly optional: boolean;
  readonly ok: boolean;
  readonly version?: string;
  readonly note?: string;
  readonly cure?: string;
}

const REINSTALL = 'Run npm ci again, without --omit.';

/** Loads a package by a name that the compiler shall not look for: it may be missing. */
const load = (name: string): Promise<unknown> => import(name);

/** A decoder in WebAssembly: it works where it starts. */
function decoder(
  name: string,
  purpose: string,
  packageName: string,
  start: () => Promise<{ readonly ready: Promise<void>; free(): void }>,
): Part {
  const check = async (): Promise<undefined> => {
    const started = await start();
    await started.ready;
    started.free();
  };
  return { name, purpose, optional: false, package: packageName, check, cure: REINSTALL };
}

const PARTS: readonly Part[] = [
  {
    name: 'kernels',
    purpose: 'features (WebAssembly with SIMD)',
    optional: false,
    check: () => {
      const tone = Float32Array.from({ length: 4_096 }, (_, i) => Math.sin((2 * Math.PI * 1_000 * i) / 16_000));
      const { data } = computeFeature('spectral_centroid', tone, { sampleRateHz: 16_000 });
      if (Math.abs(data[4]! - 1_000) > 1) throw new Error(`a tone of 1000 Hz was heard at ${data[4]!} Hz`);
      return Promise.resolve(undefined);
    },
    cure: 'Run npm run build; the CPU must have SIMD (SSE4.1 or NEON).',
  },
  {
    name: 'opus',
    purpose: 'Opus packets, Ogg and WebM recordings',
    optional: false,
    package: '@evan/opus',
    check: () => {
      // Three bytes of silence, 20 ms.
      const { length } = createOpusPacketDecoder().decode(Uint8Array.of(0xf8, 0xff, 0xfe));
      if (length !== 320) throw new Error(`a packet of 20 ms gave ${length} samples instead of 320`);
      return Promise.resolve(undefined);
    },
    cure: REINSTALL,
  },
  decoder('flac', 'FLAC recordings', '@wasm-audio-decoders/flac', async () => {
    const { FLACDecoder } = await import('@wasm-audio-decoders/flac');
    return new FLACDecoder();
  }),
  decoder('mp3', 'MP3 recordings', 'mpg123-decoder', async () => {
    const { MPEGDecoder } = await import('mpg123-decoder');
    return new MPEGDecoder();
  }),
  decoder('vorbis', 'Ogg Vorbis recordings', '@wasm-audio-decoders/ogg-vorbis', async () => {
    const { OggVorbisDecoder } = await import('@wasm-audio-decoders/ogg-vorbis');
    return new OggVorbisDecoder();
  }),
  {
    name: 'mp4',
    purpose: 'M4A and MP4 recordings',
    optional: false,
    package: 'mediabunny',
    check: async () => {
      await import('mediabunny');
      return undefined;
    },
    cure: REINSTALL,
  },
  {
    name: 'aac',
    purpose: 'the sound inside M4A and MP4 recordings',
    optional: true,
    package: '@audio/decode-aac',
    check: async () => {
      (await createAacDecoder('doctor')).free();
      return undefined;
    },
    cure: 'npm install @audio/decode-aac (under the GPL 2.0, which is why it is optional).',
  },
  {
    name: 'pictures',
    purpose: 'PNG of undertone plot',
    optional: false,
    package: '@resvg/resvg-js',
    check: () => {
      const svg = recordingPicture({ title: '', samples: new Float32Array(160), sampleRateHz: 16_000, hopMs: 10 });
      renderPng(svg, { scale: 0.1 });
      return Promise.resolve(undefined);
    },
    cure: REINSTALL,
  },
  {
    name: 'onnxruntime',
    purpose: 'predicting and training',
    optional: false,
    package: 'onnxruntime-node',
    check: async () => {
      await load('onnxruntime-node');
      return undefined;
    },
    cure: `${REINSTALL} It has programs for Linux, macOS and Windows on x64 and arm64; Linux needs glibc.`,
  },
  {
    name: 'model',
    purpose: 'undertone predict without --model',
    optional: false,
    check: async () => {
      const predictor = await EmotionPredictor.load();
      const tone = Float32Array.from({ length: predictor.sampleRateHz }, (_, i) => Math.sin(i / 10));
      const { confidence } = await predictor.predictClip(tone);
      await predictor.close();
      if (!(confidence > 0 && confidence <= 1)) throw new Error(`a tone was predicted with confidence ${confidence}`);
      return `${predictor.labels.length} labels: ${predictor.labels.join(', ')}`;
    },
    cure: 'Install the package again, or train a model with "undertone train"; predict --model takes others.',
  },
  {
    name: 'tfjs-node',
    purpose: 'faster training where it is installed',
    optional: true,
    package: '@tensorflow/tfjs-node',
    check: async () => {
      await load('@tensorflow/tfjs-node');
      return undefined;
    },
    cure: 'npm install @tensorflow/tfjs-node (needs a download from outside npm, and Node below 23).',
  },
];

function versionOf(name: string): string | undefined {
  try {
    const path = findPackageJSON(name, import.meta.url);
    return path === undefined ? undefined : (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
  } catch {
    return undefined;
  }
}

async function examine(part: Part): Promise<Finding> {
  const { name, purpose, optional, cure } = part;
  const version = part.package === undefined ? undefined : versionOf(part.package);
  const found = { name, purpose, optional, ...(version === undefined ? {} : { version }) };
  try {
    const note = await part.check();
    return { ...found, ok: true, ...(note === undefined ? {} : { note }) };
  } catch (error) {
    const note = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
    return { ...found, ok: false, note, cure };
  }
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Say which parts of the engine work on this machine and, where one does not, why and what to do.')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  undertone doctor
  undertone doctor --json | jq '.parts[] | select(.ok | not)'

Exits with 1 where a part that everybody needs does not work.`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      const parts = await Promise.all(PARTS.map(examine));
      const report = {
        undertone: packageVersion(),
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
        cpu: cpus()[0]?.model ?? 'unknown',
        cores: cpus().length,
        memoryGiB: Math.round(totalmem() / 2 ** 30),
        ok: parts.every(({ ok, optional }) => ok || optional),
        parts,
      };
      console.log(json ? JSON.stringify(report, null, 2) : describe(report));
      if (!report.ok) process.exitCode = 1;
    });
}

function describe(report: {
  undertone: string;
  node: string;
  platform: string;
  cpu: string;
  cores: number;
  memoryGiB: number;
  parts: readonly Finding[];
}): string {
  const { undertone, node, platform, cpu, cores, memoryGiB, parts } = report;
  const state = ({ ok, optional }: Finding): string => (ok ? 'works' : optional ? 'not there' : 'BROKEN');
  const rows = parts.map((part) => [part.name, state(part), part.version ?? '', part.purpose]);
  const lines = [
    `undertone ${undertone} on Node ${node}, ${platform}`,
    `${cpu}, ${cores} cores, ${memoryGiB} GiB of memory`,
    '',
    table([['part', 'state', 'version', 'for'], ...rows], ['left', 'left', 'left', 'left']),
    '',
  ];
  for (const { name, ok, note, cure } of parts) {
    if (note !== undefined) lines.push(`${name}: ${note}`);
    if (!ok) lines.push(`${name}: ${cure!}`);
  }
  return lines.join('\n').trimEnd();
}
