import { resample } from '../../audio/index.ts';
import { SileroDetector } from './silero-detector.ts';
import { TRAITS_RATE_HZ } from './sound-traits.ts';
import { speechLikeness } from './speech-likeness.ts';

/** Whether a stretch of sound is speech: at once, or, where it leaves a doubt, once the question is asked. */
export type SpeechAnswer = boolean | (() => Promise<boolean>);

/** Tells speech from music, noise and signal tones. It holds no state of any voice, and serves any number of calls side by side. */
export interface VoiceDetector {
  /**
   * Whether somebody speaks in a stretch of sound: shouts, whispers, laughs and cries with words in them too.
   * @param samples mono, a second to ten; they are not changed
   * @throws UndertoneError RUNTIME_UNAVAILABLE
   */
  isSpeech(samples: Float32Array): Promise<boolean>;
  /**
   * The same, of a sound that passes by: it keeps samples only where there is a doubt.
   * @param length how many samples there are
   * @param read copies them to its argument; called at once, and once
   */
  judge(length: number, read: (out: Float32Array) => void): SpeechAnswer;
  /** Frees what it holds. */
  close(): Promise<void>;
}

/** Log-odds above which how the sound moves says enough. */
const SURE_OF_SPEECH = 0;
/**
 * Log-odds at which half of Silero's frames must be voiced, and by how much they must differ for the odds of that share to be e times others:
 * the less a sound moves like speech, the more of it must be a voice. How it moves may know no voice of this kind, and a cry that is lost costs more
 * than a tune that is heard, so that the doubt goes far down.
 */
const HALF_VOICED = -8;
const SOFTNESS = 2;
/** Log-odds below which nearly every frame would have to be voiced, so that none is asked for. */
const SURE_OF_NONE = HALF_VOICED - 4 * SOFTNESS;

const isSure = (likeness: number): boolean => likeness > SURE_OF_SPEECH || likeness < SURE_OF_NONE;
const voicedShare = (likeness: number): number => 1 / (1 + Math.exp((likeness - HALF_VOICED) / SOFTNESS));

/**
 * The detector that files and live tracks share: how the sound moves decides nearly always, and costs next to nothing; where
 * it leaves a doubt, Silero's network does.
 * @param sampleRateHz of all samples that come
 */
export function createVoiceDetector(sampleRateHz: number): VoiceDetector {
  return new TwoWitnesses(sampleRateHz);
}

class TwoWitnesses implements VoiceDetector {
  readonly #rateHz: number;
  readonly #silero = new SileroDetector();
  /** Where samples lie while they are judged. */
  #work = new Float32Array(0);

  constructor(sampleRateHz: number) {
    this.#rateHz = sampleRateHz;
  }

  async isSpeech(samples: Float32Array): Promise<boolean> {
    const heard = this.#atItsRate(samples);
    const likeness = speechLikeness(heard);
    return isSure(likeness) ? likeness > SURE_OF_SPEECH : this.#silero.isSpeech(heard, voicedShare(likeness));
  }

  judge(length: number, read: (out: Float32Array) => void): SpeechAnswer {
    if (this.#work.length < length) this.#work = new Float32Array(length);
    const samples = this.#work.subarray(0, length);
    read(samples);
    const heard = this.#atItsRate(samples);
    const likeness = speechLikeness(heard);
    if (isSure(likeness)) return likeness > SURE_OF_SPEECH;
    const kept = heard.slice();
    return () => this.#silero.isSpeech(kept, voicedShare(likeness));
  }

  #atItsRate(samples: Float32Array): Float32Array {
    return this.#rateHz === TRAITS_RATE_HZ ? samples : resample(samples, this.#rateHz, TRAITS_RATE_HZ);
  }

  close(): Promise<void> {
    return this.#silero.close();
  }
}
