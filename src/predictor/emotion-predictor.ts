import { openAudio, type AudioSource, type AudioWarning, type DecodeOptions } from '../audio/index.ts';
import type { FeatureMatrix } from '../features/index.ts';
import { FrameStatistics } from './hearing.ts';
import { createModelInput, type ModelInput } from './model-input.ts';
import { checkedWeights, readModel, type StoredModel } from './model-store.ts';
import { OnnxClassifier } from './onnx-classifier.ts';
import type { PagePool } from './paged-values.ts';
import { predictRecording, type RecordingOptions, type RecordingPrediction } from './recording-prediction.ts';
import { SpeechListener } from './speech-listener.ts';
import { calibratedScores, predictionOf, type EmotionPrediction } from './scores.ts';
import { createVoiceDetector, type VoiceDetector } from './voice/voice-detector.ts';

/** The most windows of one run, and the most clips whose input lies in memory at once. */
const MOST_WINDOWS = 16;
const MOST_CLIPS = 64;

/** How a model is loaded. */
export interface PredictorOptions {
  /** Threads of the CPU that one prediction may use. Default 1: models are small, and many predict side by side. */
  readonly threads?: number;
}

/** What is known about the voice in a clip. */
export interface ClipOptions {
  /**
   * Statistics over the speaker's speech so far, these clips' included (see {@link EmotionPredictor.hear}). A model
   * that adapts to speakers hears the clips against this voice's own normal. Default: each clip's own.
   */
  readonly speaker?: FrameStatistics;
}

/** What is known about the voices in clips of several speakers. */
export interface VoicesOptions {
  /** One a clip, see {@link ClipOptions.speaker}; undefined: the clip's own. */
  readonly speakers?: readonly (FrameStatistics | undefined)[];
}

/** What was heard in a file. */
export interface FilePrediction extends RecordingPrediction {
  /** The id of the model. */
  readonly model: string;
  /** What was wrong with the recording and did not stop it from being heard. */
  readonly warnings: readonly AudioWarning[];
}

/** A stretch of a clip as the network hears it. */
interface Window {
  readonly rows: number;
  /** Writes its input, shape [rows][dims]. */
  readonly write: (out: Float32Array) => void;
  output?: Float32Array;
}

/**
 * Hears emotions with one model: in clips, in whole recordings, in files. It serves any number of calls, one after the
 * other or side by side, and holds no state of any voice.
 */
export class EmotionPredictor {
  readonly model: StoredModel;
  readonly #input: ModelInput;
  readonly #network: OnnxClassifier;
  readonly #voices: VoiceDetector;
  readonly #leastRows: number;
  readonly #mostRows: number;
  /** Inputs that no run is using. */
  readonly #inputs: Float32Array[] = [];

  private constructor(model: StoredModel, input: ModelInput, network: OnnxClassifier) {
    this.model = model;
    this.#input = input;
    this.#network = network;
    this.#voices = createVoiceDetector(input.sampleRateHz);
    const { minMs, maxMs } = model.config.windows;
    this.#leastRows = network.fixedSteps ?? Math.max(1, Math.round(minMs / input.hopMs));
    this.#mostRows = network.fixedSteps ?? Math.max(1, Math.round(maxMs / input.hopMs));
  }

  /**
   * Loads a model.
   * @param idOrPath the name of a folder in `models/`, or a path of one anywhere (with a "/" in it)
   * @throws UndertoneError MODEL_NOT_FOUND, or MODEL_INVALID where one of its files is missing, damaged or does not fit
   */
  static async load(idOrPath = 'default', { threads = 1 }: PredictorOptions = {}): Promise<EmotionPredictor> {
    const model = await readModel(idOrPath);
    const weights = await checkedWeights(model);
    const input = createModelInput(model);
    const { dims, order } = input;
    const expected = { labels: model.config.labels.length, dims, order };
    return new EmotionPredictor(model, input, await OnnxClassifier.load(weights, expected, threads));
  }

  /** What the model tells apart, in its order. */
  get labels(): readonly string[] {
    return this.model.config.labels;
  }

  /** The rate of the samples that it hears, in Hz. */
  get sampleRateHz(): number {
    return this.#input.sampleRateHz;
  }

  /**
   * What the model hears of a clip before anything is known of the voice: raw features (or the waveform), shape
   * [frames][dims]. {@link FrameStatistics} are gathered from it, and {@link predictHeard} takes it.
   * @throws UndertoneError AUDIO_INVALID_SAMPLES
   */
  hear(samples: Float32Array): FeatureMatrix {
    return this.#input.hear(samples);
  }

  /**
   * Whether somebody speaks in a stretch of sound, which may be music, noise or a tone as well.
   * @param samples mono samples at {@link sampleRateHz}, a second to ten
   * @throws UndertoneError RUNTIME_UNAVAILABLE
   */
  async isSpeech(samples: Float32Array): Promise<boolean> {
    return this.#voices.isSpeech(samples);
  }

  /**
   * Begins to hear a sound while it passes by.
   * @param pages memory for its samples, shared with other sounds; compact or not
   * @internal what it gives is for live tracks; `LiveEngine` is the way in
   */
  listen(pages?: PagePool): SpeechListener {
    return new SpeechListener(this.#input, this.#voices, this.model.config.windows.maxMs, pages);
  }

  /** The statistics of a voice that was not heard yet. */
  unknownSpeaker(): FrameStatistics {
    return new FrameStatistics(this.#input.heardDims);
  }

  /**
   * The emotion of one clip of speech (an utterance, a second to a few); silence at its ends does not matter.
   * @param samples mono samples at {@link sampleRateHz}
   * @throws UndertoneError AUDIO_INVALID_SAMPLES; MODEL_INVALID where the network fails
   */
  async predictClip(samples: Float32Array, options: ClipOptions = {}): Promise<EmotionPrediction> {
    const [prediction] = await this.predictBatch([samples], options);
    return prediction!;
  }

  /** The emotions of many clips; see {@link predictClip}. */
  async predictBatch(clips: readonly Float32Array[], options: ClipOptions = {}): Promise<EmotionPrediction[]> {
    return this.predictHeard(
      clips.map((samples) => this.hear(samples)),
      options,
    );
  }

  /**
   * How much a voice's own normal counts against that of the training corpora, 0..1, after so much of its speech; null
   * where the model knows no speakers.
   */
  normalShare(speaker: FrameStatistics): number | null {
    const { input } = this.model.config;
    const views = input.kind === 'features' ? (input.normalisation?.views ?? []) : [];
    for (const view of views) {
      if ('speaker' in view) return speaker.frames / (speaker.frames + view.speaker.shrinkFrames) || 0;
    }
    return null;
  }

  /** The emotions of clips that were {@link hear heard} before. */
  async predictHeard(
    clips: readonly FeatureMatrix[],
    { speaker, speakers }: ClipOptions & VoicesOptions = {},
  ): Promise<EmotionPrediction[]> {
    const { config } = this.model;
    const predictions: EmotionPrediction[] = [];
    for (let from = 0; from < clips.length; from += MOST_CLIPS) {
      const windows = clips
        .slice(from, from + MOST_CLIPS)
        .map((clip, index) => this.#cut(clip, speakers?.[from + index] ?? speaker ?? this.unknownSpeaker().add(clip)));
      await this.#run(windows.flat());
      for (const ofClip of windows) {
        const outputs = ofClip.map(({ output }) => output!);
        predictions.push(predictionOf(calibratedScores(outputs, config), config));
      }
    }
    return predictions;
  }

  /**
   * The emotions over the time of a recording: of every stretch of speech in it, and overall.
   * @param samples mono samples at {@link sampleRateHz}, whole or chunk by chunk
   * @throws UndertoneError AUDIO_INVALID_SAMPLES; MODEL_INVALID where the network fails
   */
  async predictRecording(
    samples: Float32Array | Iterable<Float32Array> | AsyncIterable<Float32Array>,
    options: RecordingOptions = {},
  ): Promise<RecordingPrediction> {
    const chunks = samples instanceof Float32Array ? [samples] : samples;
    return predictRecording(this, chunks, options);
  }

  /**
   * The emotions over the time of a file (or of its bytes, or a stream of them) in any format that `openAudio` opens.
   * @throws UndertoneError every AUDIO_ code; MODEL_INVALID where the network fails
   */
  async predictFile(
    source: AudioSource,
    options: RecordingOptions & Omit<DecodeOptions, 'sampleRateHz'> = {},
  ): Promise<FilePrediction> {
    const stream = await openAudio(source, { ...options, sampleRateHz: this.sampleRateHz });
    const prediction = await this.predictRecording(stream, options);
    return { ...prediction, model: this.model.id, warnings: stream.warnings };
  }

  /** Frees the networks' memory. */
  async close(): Promise<void> {
    await this.#network.close();
    await this.#voices.close();
  }

  /** The windows in which the network hears a clip: as few and as long as it takes, evenly spaced. */
  #cut(clip: FeatureMatrix, speaker: FrameStatistics): Window[] {
    const input = this.#input;
    const { dims } = input;
    const rows = clip.frames;
    if (rows >= this.#leastRows && rows <= this.#mostRows) {
      return [{ rows, write: (out) => { input.view(clip, speaker, out); } }]; // prettier-ignore
    }
    const data = new Float32Array(rows * dims);
    input.view(clip, speaker, data);
    if (rows < this.#leastRows) return [{ rows: this.#leastRows, write: (out) => { repeat(data, out); } }]; // prettier-ignore
    const count = Math.ceil(rows / this.#mostRows);
    const length = Math.max(this.#leastRows, Math.ceil(rows / count));
    return Array.from({ length: count }, (_, index) => {
      const start = count === 1 ? 0 : Math.round((index * (rows - length)) / (count - 1));
      return { rows: length, write: (out) => { out.set(data.subarray(start * dims, (start + length) * dims)); } }; // prettier-ignore
    });
  }

  /** Gives every window its output. Those of equal length run together. */
  async #run(windows: readonly Window[]): Promise<void> {
    const most = this.#network.fixedBatch ?? MOST_WINDOWS;
    for (const [rows, alike] of Map.groupBy(windows, (window) => window.rows)) {
      for (let from = 0; from < alike.length; from += most)
        await this.#runTogether(alike.slice(from, from + most), rows);
    }
  }

  async #runTogether(windows: readonly Window[], rows: number): Promise<void> {
    const size = this.#network.fixedBatch ?? windows.length;
    const length = size * rows * this.#input.dims;
    // Calls side by side have an input each; one after the other they use the same again.
    let input = this.#inputs.pop();
    if (!input || input.length < length) input = new Float32Array(length);
    try {
      const stacked = input.subarray(0, length);
      this.#stack(windows, rows, stacked);
      const outputs = await this.#network.run(stacked, size, rows);
      const labels = this.labels.length;
      windows.forEach((window, index) => {
        window.output = outputs.subarray(index * labels, (index + 1) * labels);
      });
    } finally {
      this.#inputs.push(input);
    }
  }

  /** Windows one after the other, in the order of axes that the network wants; zeros where there are too few. */
  #stack(windows: readonly Window[], rows: number, out: Float32Array): void {
    const { dims, order } = this.#input;
    const length = rows * dims;
    const one = order === 'dims-time' ? new Float32Array(length) : undefined;
    windows.forEach(({ write }, index) => {
      const place = out.subarray(index * length, (index + 1) * length);
      write(one ?? place);
      if (one) transpose(one, rows, dims, place);
    });
    out.fill(0, windows.length * length);
  }
}

/** Repeats a clip from its beginning until it is as long as wanted; nothing becomes zeros. */
function repeat(data: Float32Array, out: Float32Array): void {
  if (data.length === 0) out.fill(0);
  else for (let at = 0; at < out.length; at += data.length) out.set(data.subarray(0, out.length - at), at);
}

function transpose(data: Float32Array, rows: number, columns: number, out: Float32Array): void {
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) out[column * rows + row] = data[at++]!;
  }
}
