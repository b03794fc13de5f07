import { ChromaStft } from './chroma-feature.ts';
import { spectralBandwidth, spectralCentroid, spectralFlatness, spectralRolloff } from './descriptors.ts';
import type { FeatureSpec, FeatureSpecOf } from './feature-config.ts';
import type { FrameFeature } from './frame-feature.ts';
import { melFeature } from './mel-features.ts';
import type { FramePipeline } from './pipeline.ts';
import { createPitchTracker } from './yin.ts';

/** Samples within this of zero count as positive zero: librosa's `zero_crossings`. */
const ZERO_THRESHOLD = 1e-10;

/** |X|^exponent, shape [bins]. */
function spectrogram(pipeline: FramePipeline, exponent: number): FrameFeature {
  pipeline.useSpectrum();
  const { fourier } = pipeline;
  return {
    dims: fourier.bins,
    write: (_frame, out, offset) => {
      out.set(exponent === 2 ? fourier.power : fourier.magnitudes, offset);
      if (exponent === 2 || exponent === 1) return;
      for (let i = offset; i < offset + fourier.bins; i++) out[i]! **= exponent;
    },
  };
}

/** One number that describes the magnitudes of a frame. */
function descriptor(pipeline: FramePipeline, describe: (magnitudes: Float32Array) => number): FrameFeature {
  pipeline.useSpectrum();
  return {
    dims: 1,
    write: (_frame, out, offset) => {
      out[offset] = describe(pipeline.fourier.magnitudes);
    },
  };
}

/** Root of the mean square of the unwindowed samples. */
function rootMeanSquare(pipeline: FramePipeline, frameLength: number): FrameFeature {
  const start = pipeline.offsetInFrame(frameLength);
  const { kernels } = pipeline.memory;
  return {
    dims: 1,
    write: (frame, out, offset) => {
      const squares = kernels.sumOfSquares(pipeline.workAddress(frame.at + start), frameLength);
      out[offset] = Math.sqrt(squares / frameLength);
    },
  };
}

/**
 * Share of samples that differ in sign from the one before. librosa continues the signal with its edge values, where
 * no sign changes: counting only among the signal's own samples is the same under any padding.
 */
function zeroCrossingRate(pipeline: FramePipeline, frameLength: number): FrameFeature {
  const start = pipeline.offsetInFrame(frameLength);
  const { kernels } = pipeline.memory;
  return {
    dims: 1,
    write: (frame, out, offset) => {
      const from = Math.max(frame.from, start);
      const to = Math.min(frame.to, start + frameLength);
      const changes = kernels.signChanges(pipeline.workAddress(frame.at + from), to - from, ZERO_THRESHOLD);
      out[offset] = changes / frameLength;
    },
  };
}

/** Fundamental frequency by YIN, in Hz, and on request the strength of its voicing. */
function fundamentalFrequency(pipeline: FramePipeline, spec: FeatureSpecOf<'yin'>): FrameFeature {
  const tracker = createPitchTracker({ ...spec, sampleRateHz: pipeline.config.sampleRateHz });
  const start = pipeline.offsetInFrame(spec.frameLength);
  const estimate = new Float32Array(2);
  const dims = spec.voicing ? 2 : 1;
  return {
    dims,
    write: (frame, out, offset) => {
      tracker.track(pipeline.work, estimate, frame.at + start);
      for (let i = 0; i < dims; i++) out[offset + i] = estimate[i]!;
    },
  };
}

/** Builds one feature of a configuration into its pipeline. */
export function createFrameFeature(pipeline: FramePipeline, spec: FeatureSpec): FrameFeature {
  const { hzPerBin, config } = pipeline;
  switch (spec.name) {
    case 'spectrogram':
      return spectrogram(pipeline, spec.power);
    case 'melspectrogram':
    case 'mfcc':
      return melFeature(pipeline, spec);
    case 'chroma_stft':
      return new ChromaStft(pipeline, spec);
    case 'rms':
      return rootMeanSquare(pipeline, spec.frameLength ?? config.nFft);
    case 'zero_crossing_rate':
      return zeroCrossingRate(pipeline, spec.frameLength ?? config.nFft);
    case 'spectral_centroid':
      return descriptor(pipeline, (magnitudes) => spectralCentroid(magnitudes, hzPerBin));
    case 'spectral_bandwidth':
      return descriptor(pipeline, (magnitudes) => spectralBandwidth(magnitudes, hzPerBin, spec.p));
    case 'spectral_rolloff':
      return descriptor(pipeline, (magnitudes) => spectralRolloff(magnitudes, hzPerBin, spec.rollPercent));
    case 'yin':
      return fundamentalFrequency(pipeline, spec);
    case 'spectral_flatness':
      return descriptor(pipeline, (magnitudes) => spectralFlatness(magnitudes, spec.power, spec.amin));
  }
}
