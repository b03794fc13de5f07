import type { FeatureMatrix } from '../features/index.ts';
import type { ClipHearing, ModelInput } from './model-input.ts';
import { SamplePast } from './sample-past.ts';
import type { PagePool } from './paged-values.ts';
import { SpeechSegmenter } from './speech-segmenter.ts';

/** Hears a sound while it passes by: where in it somebody speaks, and what the model hears of that. */
export class SpeechListener {
  /** Takes the sound. */
  readonly segmenter: SpeechSegmenter;
  readonly #past: SamplePast;
  readonly #clips: ClipHearing;

  constructor(input: ModelInput, maxMs: number, pages?: PagePool) {
    this.#past = new SamplePast(input.sampleRateHz, pages);
    this.segmenter = new SpeechSegmenter(this.#past, maxMs);
    this.#clips = input.follow(this.#past);
  }

  /**
   * What the model hears of a clip, as `EmotionPredictor.hear` gives it: of a segment that was just found, or of the one
   * under way up to where there was sound.
   * @throws UndertoneError AUDIO_INVALID_SAMPLES
   */
  hear(start: number, end: number): FeatureMatrix {
    return this.#clips.hear(start, end);
  }

  /** Forgets what no clip to come will hold: at once, not with the next sound. */
  forget(): void {
    this.segmenter.forget();
    this.#clips.forget();
  }

  /** Gives its memory back; nothing more comes. */
  free(): void {
    this.#clips.free();
    this.#past.free();
  }
}
