import createPffft from '@echogarden/pffft-wasm/simd';
import FFT from 'fft.js';
import meydaModule from 'meyda';
import { FeatureExtractor } from '../../src/features/index.ts';
import { FourierPlan } from '../../src/features/fourier-plan.ts';
import { KernelMemory } from '../../src/kernels/kernel-memory.ts';
import { periodicWindow } from '../../src/features/windows.ts';
import { threeDigits, timeSideBySide } from './measure.ts';
import { syntheticVoice } from './signals.ts';

const SAMPLE_RATE_HZ = 16_000;
const SECONDS = 3;
const N_FFT = 2_048;
const HOP = 512;

/** All frames of the signal, centred and padded with zeros as librosa cuts them. */
function cutFrames(samples: Float32Array): Float32Array[] {
  const padded = new Float32Array(samples.length + N_FFT);
  padded.set(samples, N_FFT / 2);
  const count = 1 + Math.floor(samples.length / HOP);
  return Array.from({ length: count }, (_, t) => padded.slice(t * HOP, t * HOP + N_FFT));
}

/** The engine's transforms of all frames and nothing else: window, FFT, split into the half spectrum. */
function transformsAlone(frames: readonly Float32Array[]): () => void {
  const memory = new KernelMemory();
  const address = memory.reserve(frames.length * N_FFT * 4);
  const plan = new FourierPlan(memory, N_FFT, periodicWindow('hann', N_FFT));
  const view = memory.floats(address, frames.length * N_FFT);
  frames.forEach((frame, t) => {
    view.set(frame, t * N_FFT);
  });
  return () => {
    for (let t = 0; t < frames.length; t++) plan.spectrum(address + t * N_FFT * 4);
  };
}

/** Other libraries' real transforms of the same frames, as a contrast. */
async function otherTransforms(frames: readonly Float32Array[]): Promise<{ fftJs: () => void; pffft: () => void }> {
  const fft = new FFT(N_FFT);
  const spectrum = fft.createComplexArray();
  const asArrays = frames.map((frame) => Array.from(frame));
  const module = await createPffft();
  const setup = module._pffft_new_setup(N_FFT, 0);
  const [input, output, work] = [0, 1, 2].map(() => module._pffft_aligned_malloc(N_FFT * 4)) as [
    number,
    number,
    number,
  ];
  return {
    fftJs: () => {
      for (const frame of asArrays) fft.realTransform(spectrum, frame);
    },
    pffft: () => {
      for (const frame of frames) {
        module.HEAPF32.set(frame, input / 4);
        module._pffft_transform_ordered(setup, input, output, work, 0);
      }
    },
  };
}

/** What is used of Meyda; its own types describe another shape than its ES module has. */
interface MeydaModule {
  bufferSize: number;
  sampleRate: number;
  melBands: number;
  numberOfMFCCCoefficients: number;
  extract(features: readonly string[], frame: Float32Array): unknown;
}

function meydaFeatures(frames: readonly Float32Array[]): () => void {
  const meyda = meydaModule as unknown as MeydaModule;
  meyda.bufferSize = N_FFT;
  meyda.sampleRate = SAMPLE_RATE_HZ;
  meyda.melBands = 128;
  meyda.numberOfMFCCCoefficients = 40;
  return () => {
    for (const frame of frames) meyda.extract(['mfcc', 'chroma'], frame);
  };
}

/**
 * MFCC(40) + chroma(12, tuning estimated) + mel(128) of 3 s at 16 kHz with librosa's default settings, against its
 * transforms alone and against Meyda's MFCC + chroma on the same frames.
 */
export async function benchFeatures(): Promise<object> {
  const samples = syntheticVoice(SECONDS, SAMPLE_RATE_HZ);
  const frames = cutFrames(samples);
  const mfcc = { name: 'mfcc', nMfcc: 40 } as const;
  const chroma = { name: 'chroma_stft' } as const;
  const all = FeatureExtractor.fromConfig({
    sampleRateHz: SAMPLE_RATE_HZ,
    features: [mfcc, chroma, { name: 'melspectrogram' }],
  });
  const two = FeatureExtractor.fromConfig({ sampleRateHz: SAMPLE_RATE_HZ, features: [mfcc, chroma] });
  const speech = FeatureExtractor.fromConfig({
    sampleRateHz: SAMPLE_RATE_HZ,
    nFft: 1_024,
    hopLength: 256,
    features: [{ name: 'melspectrogram', nMels: 64, fmin: 50, fmax: 7_600, decibels: { topDb: null } }],
  });
  const stream = speech.createStream();
  const packet = samples.subarray(0, SAMPLE_RATE_HZ / 50);
  const times = timeSideBySide({
    features: () => all.extract(samples),
    transforms: transformsAlone(frames),
    mfccAndChroma: () => two.extract(samples),
    ...(await otherTransforms(frames)),
    livePackets: () => {
      for (let i = 0; i < 50; i++) stream.push(packet);
    },
  });
  const meyda = timeSideBySide(
    { mfccAndChroma: () => two.extract(samples), meyda: meydaFeatures(frames) },
    { rounds: 5, callsPerRound: 1, warmUp: 2 },
  );
  return {
    signal: `${SECONDS} s at ${SAMPLE_RATE_HZ} Hz, n_fft ${N_FFT}, hop ${HOP}, ${frames.length} frames`,
    featuresMs: threeDigits(times.features.medianMs),
    transformsMs: threeDigits(times.transforms.medianMs),
    featuresToTransforms: threeDigits(times.features.medianMs / times.transforms.medianMs),
    meydaMs: threeDigits(meyda.meyda.medianMs),
    timesFasterThanMeyda: threeDigits(meyda.meyda.medianMs / meyda.mfccAndChroma.medianMs),
    transformMicroseconds: {
      undertoneDouble: threeDigits((1_000 * times.transforms.medianMs) / frames.length),
      fftJsDouble: threeDigits((1_000 * times.fftJs.medianMs) / frames.length),
      pffftSingle: threeDigits((1_000 * times.pffft.medianMs) / frames.length),
    },
    liveLogMelMicrosecondsPerPacket: threeDigits((1_000 * times.livePackets.medianMs) / 50),
  };
}
