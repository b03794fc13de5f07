import { parseFeatureConfig, type FeatureConfigInput } from './feature-config.ts';
import { RowStore } from './feature-matrix.ts';
import { Framer } from './framer.ts';
import { FramePipeline, type FrameView } from './pipeline.ts';

/** Complex numbers over time: real and imaginary parts, row-major, `frames` rows of `dims` frequency bins. */
export interface ComplexMatrix {
  readonly real: Float32Array;
  readonly imaginary: Float32Array;
  readonly frames: number;
  readonly dims: number;
}

/**
 * Short-time Fourier transform as `librosa.stft`: shape [frames][nFft / 2 + 1]. Bin k is at k * sampleRateHz / nFft.
 * Computed in double precision, returned in single.
 * @throws UndertoneError FEATURE_CONFIG_INVALID
 */
export function stft(samples: Float32Array, settings: Omit<FeatureConfigInput, 'features'>): ComplexMatrix {
  const pipeline = new FramePipeline(parseFeatureConfig({ ...settings, features: [{ name: 'spectrogram' }] }));
  const { hopLength, center, padMode } = pipeline.config;
  const { frameLength } = pipeline;
  const dims = pipeline.fourier.bins;
  const real = new RowStore(dims);
  const imaginary = new RowStore(dims);
  const frame: FrameView = { at: 0, from: 0, to: frameLength };
  const framer = new Framer({ frameLength, hopLength, center, padMode }, pipeline.work, (at) => {
    frame.at = at;
    const spectrum = pipeline.spectrum(frame);
    const row = real.append();
    imaginary.append();
    const offset = real.offset(row);
    for (let bin = 0; bin < dims; bin++) {
      real.page(row)[offset + bin] = spectrum[2 * bin]!;
      imaginary.page(row)[offset + bin] = spectrum[2 * bin + 1]!;
    }
  });
  framer.push(samples);
  framer.finish();
  const { data, frames } = real.release();
  return { real: data, imaginary: imaginary.release().data, frames, dims };
}
