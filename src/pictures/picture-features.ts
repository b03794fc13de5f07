import {
  melFrequencies,
  type FeatureColumns,
  type FeatureConfigInput,
  type FeatureExtractor,
  type FeatureMatrix,
} from '../features/index.ts';
import type { RecordingPicture } from './recording-picture.ts';

const N_MELS = 128;

/** How the features of a picture are cut into frames. */
export interface PictureFraming {
  readonly sampleRateHz: number;
  /** Samples a frame. */
  readonly nFft: number;
  /** Samples from frame to frame. */
  readonly hopLength: number;
}

/** The configuration of an extractor whose features {@link recordingPicture} draws. */
export function pictureFeatures(framing: PictureFraming): FeatureConfigInput {
  return {
    ...framing,
    features: [
      { name: 'melspectrogram', nMels: N_MELS, decibels: {} },
      { name: 'mfcc', nMels: N_MELS },
      { name: 'chroma_stft' },
      { name: 'rms' },
    ],
  };
}

/** Takes apart what an extractor of {@link pictureFeatures} made of a recording. */
export function picturePanels(
  { config, columns }: FeatureExtractor,
  matrix: FeatureMatrix,
): Pick<RecordingPicture, 'hopMs' | 'melDb' | 'melCentresHz' | 'mfcc' | 'chroma' | 'rms'> {
  const [melDb, mfcc, chroma, rms] = columns.map((some) => columnsOf(matrix, some));
  return {
    hopMs: (1_000 * config.hopLength) / config.sampleRateHz,
    melDb: melDb!,
    melCentresHz: melFrequencies(N_MELS + 2, 0, config.sampleRateHz / 2).subarray(1, -1),
    mfcc: mfcc!,
    chroma: chroma!,
    rms: rms!,
  };
}

/** The columns of one feature as a matrix of its own. */
function columnsOf({ data, frames, dims }: FeatureMatrix, { start, length }: FeatureColumns): FeatureMatrix {
  const out = new Float32Array(frames * length);
  for (let frame = 0; frame < frames; frame++) {
    out.set(data.subarray(frame * dims + start, frame * dims + start + length), frame * length);
  }
  return { data: out, frames, dims: length };
}
