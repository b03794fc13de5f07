import { resample } from '../../audio/index.ts';
import type { SoundBlocks } from '../block-meter.ts';
import type { SamplePast } from '../sample-past.ts';
import { SileroDetector } from './silero-detector.ts';
import { measureBlocks, TRAITS_RATE_HZ } from './sound-traits.ts';
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
   * The same, of a stretch of a sound that passes by, whose blocks were measured as it did: it keeps samples only where
   * there is a doubt.
   * @param start of a block, in samples from the sound's beginning; so is `end`, unless the sound ends there
   */
  judge(sound: SamplePast, start: number, end: number): SpeechAnswer;
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

  constructor(sampleRateHz: number) {
    this.#rateHz = sampleRateHz;
  }

  async isSpeech(samples: Float32Array): Promise<boolean> {
    const answer = this.#judgeSamples(this.#atItsRate(samples));
    return typeof answer === 'function' ? answer() : answer;
  }

  judge(sound: SamplePast, start: number, end: number): SpeechAnswer {
    if (this.#rateHz !== TRAITS_RATE_HZ) return this.#judgeSamples(this.#atItsRate(sound.copy(start, end)));
    const blocks = sound.blocksBetween(start / sound.blockLength, Math.floor(end / sound.blockLength));
    return this.#judgeBlocks(blocks, () => sound.copy(start, end));
  }

  #judgeSamples(samples: Float32Array): SpeechAnswer {
    return this.#judgeBlocks(measureBlocks(samples), () => samples);
  }

  /** @param samplesOf called at once, and only where there is a doubt */
  #judgeBlocks(blocks: SoundBlocks, samplesOf: () => Float32Array): SpeechAnswer {
    const likeness = speechLikeness(blocks);
    if (likeness > SURE_OF_SPEECH) return true;
    if (likeness < SURE_OF_NONE) return false;
    const samples = samplesOf();
    return () => this.#silero.isSpeech(samples, voicedShare(likeness));
  }

  #atItsRate(samples: Float32Array): Float32Array {
    return this.#rateHz === TRAITS_RATE_HZ ? samples : resample(samples, this.#rateHz, TRAITS_RATE_HZ);
  }

  close(): Promise<void> {
    return this.#silero.close();
  }
}
