import { UndertoneError } from '../errors.ts';
import { DeltaExpander, expandDeltas, expandedDims, type DeltaBlock } from './delta.ts';
import { parseFeatureConfig, type FeatureConfig, type FeatureConfigInput, type FeatureName } from './feature-config.ts';
import { RowStore, type FeatureMatrix } from './feature-matrix.ts';
import { createFrameFeature } from './frame-features.ts';
import type { ClipCollector, FrameFeature } from './frame-feature.ts';
import { requireFinite } from './finite.ts';
import { frameCount, Framer } from './framer.ts';
import { FramePipeline, type FrameView } from './pipeline.ts';

/** Rows kept in one page by a stream: streams are many and emit few rows at a time. */
const STREAM_ROWS_PER_PAGE = 16;

/** Which columns of the matrix belong to which feature. */
export interface FeatureColumns {
  readonly name: FeatureName;
  /** 0 for the feature itself, 1 and 2 for its derivatives over time. */
  readonly derivative: number;
  readonly start: number;
  readonly length: number;
}

/** A feature with its place in the rows before derivatives are appended. */
interface PlacedFeature {
  readonly feature: FrameFeature;
  readonly column: number;
}

/**
 * Turns mono samples into features, exactly as its configuration says: the one way from sound to numbers, for
 * training, for files and for live speech. Whole recordings and streams give the same values.
 *
 * Make one extractor for a configuration and use it for any number of recordings and streams on its thread.
 */
export class FeatureExtractor {
  readonly config: FeatureConfig;
  /** Values a frame. */
  readonly dims: number;
  /** What the values of a frame are, in their order. */
  readonly columns: readonly FeatureColumns[];
  readonly #pipeline: FramePipeline;
  readonly #features: readonly PlacedFeature[];
  readonly #blocks: readonly DeltaBlock[];
  readonly #baseDims: number;

  private constructor(config: FeatureConfig) {
    this.config = config;
    this.#pipeline = new FramePipeline(config);
    const features: PlacedFeature[] = [];
    const blocks: DeltaBlock[] = [];
    const columns: FeatureColumns[] = [];
    let column = 0;
    let start = 0;
    for (const spec of config.features) {
      const feature = createFrameFeature(this.#pipeline, spec);
      features.push({ feature, column });
      const { dims } = feature;
      blocks.push({ column, dims, orders: spec.deltas, width: spec.deltaWidth, mode: spec.deltaMode });
      for (let derivative = 0; derivative <= spec.deltas; derivative++, start += dims) {
        columns.push({ name: spec.name, derivative, start, length: dims });
      }
      column += dims;
    }
    this.#features = features;
    this.#blocks = blocks;
    this.#baseDims = column;
    this.columns = columns;
    this.dims = expandedDims(blocks);
  }

  /**
   * Builds the pipeline that a configuration describes: an object, or JSON text as it lies beside a model.
   * @throws UndertoneError FEATURE_CONFIG_INVALID that names the wrong setting.
   */
  static fromConfig(config: FeatureConfigInput | FeatureConfig | string): FeatureExtractor {
    return new FeatureExtractor(parseFeatureConfig(typeof config === 'string' ? parseJson(config) : config));
  }

  /**
   * The features of a whole recording, shape [frames][dims]; with `center` there are 1 + floor(n / hopLength) frames.
   * @param samples mono samples at the configuration's rate
   * @throws UndertoneError AUDIO_INVALID_SAMPLES where a sample is not a finite number
   */
  extract(samples: Float32Array): FeatureMatrix {
    const { hopLength, center } = this.config;
    const { frameLength } = this.#pipeline;
    const frames = frameCount(samples.length, { frameLength, hopLength, center });
    const recording = this.#record(frames);
    do recording.push(samples);
    while (!recording.finish());
    return expandDeltas(recording.matrix, this.#blocks);
  }

  /**
   * The features of a recording too long to hold: its samples arrive in chunks, and only its features are kept.
   * @throws UndertoneError AUDIO_INVALID_SAMPLES where a sample is not a finite number
   * @param open starts the recording from its beginning; it is called a second time for a long recording whose
   *   tuning or loudest moment must be known before its features
   */
  async extractFrom(open: () => AsyncIterable<Float32Array>): Promise<FeatureMatrix> {
    const recording = this.#record();
    do for await (const chunk of open()) recording.push(chunk);
    while (!recording.finish());
    return expandDeltas(recording.matrix, this.#blocks);
  }

  /**
   * Begins a live stream of samples.
   * @throws UndertoneError FEATURE_NOT_STREAMABLE where a setting refers to the whole recording
   */
  createStream(): FeatureStream {
    for (const { feature } of this.#features) {
      if (!feature.clip) continue;
      throw new UndertoneError('FEATURE_NOT_STREAMABLE', {
        subject: feature.clip.setting,
        problem: 'refers to the whole recording, which a live stream does not have',
        remedy: `For streams, ${feature.clip.cure}.`,
      });
    }
    return new FeatureStream(this.#pipeline, this.#features, this.#blocks, this.#baseDims);
  }

  /** Whether `createStream` works with this configuration. */
  get streamable(): boolean {
    return this.#features.every(({ feature }) => !feature.clip);
  }

  #record(expectedFrames?: number): RecordingExtraction {
    return new RecordingExtraction(this.#pipeline, this.#features, this.#baseDims, expectedFrames);
  }
}

/** A framer with the extractor's framing that analyses every frame and hands it on. */
function analysingFramer(pipeline: FramePipeline, onFrame: (frame: FrameView) => void): Framer {
  const { hopLength, center, padMode } = pipeline.config;
  const frame: FrameView = { at: 0, from: 0, to: 0 };
  const framing = { frameLength: pipeline.frameLength, hopLength, center, padMode };
  return new Framer(framing, pipeline.work, (at, from, to) => {
    frame.at = at;
    frame.from = from;
    frame.to = to;
    pipeline.analyse(frame);
    onFrame(frame);
  });
}

/** The features of one recording in the making. */
class RecordingExtraction {
  readonly #pipeline: FramePipeline;
  readonly #rows: RowStore;
  #pending: { column: number; collector: ClipCollector }[];
  #framer: Framer;
  #matrix: FeatureMatrix | undefined;

  constructor(pipeline: FramePipeline, features: readonly PlacedFeature[], dims: number, expectedFrames?: number) {
    this.#pipeline = pipeline;
    this.#rows = new RowStore(dims, expectedFrames);
    const writers = features.map(({ feature, column }) => ({
      writer: feature.clip?.collect(expectedFrames) ?? feature,
      column,
    }));
    this.#pending = writers.flatMap(({ writer, column }) =>
      'finish' in writer ? [{ collector: writer, column }] : [],
    );
    this.#framer = analysingFramer(pipeline, (frame) => {
      const row = this.#rows.append();
      const page = this.#rows.page(row);
      const offset = this.#rows.offset(row);
      for (const { writer, column } of writers) writer.write(frame, page, offset + column);
    });
  }

  get matrix(): FeatureMatrix {
    if (!this.#matrix) throw new Error('the recording is not finished');
    return this.#matrix;
  }

  push(samples: Float32Array): void {
    requireFinite(samples, this.#framer.received);
    this.#framer.push(samples);
  }

  /** Ends the recording. False: push all its samples again, then finish again. */
  finish(): boolean {
    this.#framer.finish();
    const matrix = (this.#matrix ??= this.#rows.release());
    this.#pending = this.#pending.filter(({ collector, column }) => !collector.finish(matrix, column));
    if (this.#pending.length === 0) return true;
    let row = 0;
    this.#framer = analysingFramer(this.#pipeline, (frame) => {
      const offset = row++ * matrix.dims;
      for (const { collector, column } of this.#pending) collector.write(frame, matrix.data, offset + column);
    });
    return false;
  }
}

/**
 * The features of a live signal, frame by frame as its samples arrive. A centred frame is complete when half a frame
 * of samples after it has arrived; derivatives wait for half their width of frames more.
 */
export class FeatureStream {
  readonly #framer: Framer;
  readonly #base: RowStore;
  readonly #out: RowStore;
  readonly #expander: DeltaExpander | undefined;

  /** Streams are made by {@link FeatureExtractor.createStream}. */
  constructor(
    pipeline: FramePipeline,
    features: readonly PlacedFeature[],
    blocks: readonly DeltaBlock[],
    baseDims: number,
  ) {
    this.#out = new RowStore(expandedDims(blocks), STREAM_ROWS_PER_PAGE);
    const expands = blocks.some(({ orders }) => orders > 0);
    this.#expander = expands ? new DeltaExpander(baseDims, blocks, this.#out) : undefined;
    this.#base = expands ? new RowStore(baseDims, 1) : this.#out;
    this.#framer = analysingFramer(pipeline, (frame) => {
      const row = expands ? 0 : this.#base.append();
      const page = this.#base.page(row);
      const offset = this.#base.offset(row);
      for (const { feature, column } of features) feature.write(frame, page, offset + column);
      this.#expander?.push(page, offset);
    });
    if (expands) this.#base.append();
  }

  /**
   * Takes the next samples (any number) and returns the frames that they complete, shape [frames][dims].
   * @throws UndertoneError AUDIO_INVALID_SAMPLES where a sample is not a finite number; the stream is as it was before
   */
  push(samples: Float32Array): FeatureMatrix {
    requireFinite(samples, this.#framer.received);
    this.#framer.push(samples);
    return this.#out.drain();
  }

  /** Ends the signal and returns its last frames. The stream must not be used afterwards. */
  finish(): FeatureMatrix {
    this.#framer.finish();
    this.#expander?.finish();
    return this.#out.drain();
  }
}

function parseJson(text: string): FeatureConfigInput {
  try {
    return JSON.parse(text) as FeatureConfigInput;
  } catch (cause) {
    throw new UndertoneError('FEATURE_CONFIG_INVALID', {
      subject: 'feature configuration',
      problem: 'is not valid JSON',
      remedy: 'Pass an object, or the text of a JSON file.',
      cause,
    });
  }
}
