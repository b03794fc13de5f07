import type { FeatureMatrix } from '../features/index.ts';
import type { ClipHearing, ModelInput } from './model-input.ts';
import { SamplePast } from './sample-past.ts';
import type { PagePool } from './paged-values.ts';
import { SpeechSegmenter } from './speech-segmenter.ts';
import type { SpeechAnswer, VoiceDetector } from './voice/voice-detector.ts';

/** Hears a sound while it passes by: where in it somebody speaks, and what the model hears of that. */
export class SpeechListener {
  /** Takes the sound. */
  readonly segmenter: SpeechSegmenter;
  readonly #past: SamplePast;
  readonly #clips: ClipHearing;
  readonly #voices: VoiceDetector;

  constructor(input: ModelInput, voices: VoiceDetector, maxMs: number, pages?: PagePool) {
    this.#voices = voices;
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

  /** Whether a clip is speech, of what {@link hear} takes. */
  isSpeech(start: number, end: number): SpeechAnswer {
    return this.#voices.judge(this.#past, start, end);
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
