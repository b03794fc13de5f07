import { resample } from '../../audio/index.ts';
import { SileroDetector } from './silero-detector.ts';
import { TRAITS_RATE_HZ } from './sound-traits.ts';
import { speechLikeness } from './speech-likeness.ts';

/** Tells speech from music, noise and signal tones. It holds no state of any voice, and serves any number of calls side by side. */
export interface VoiceDetector {
  /**
   * Whether somebody speaks in a stretch of sound: shouts, whispers, laughs and cries with words in them too.
   * @param samples mono, a second to ten; they are not changed
   */
  isSpeech(samples: Float32Array): Promise<boolean>;
  close(): Promise<void>;
}

/** Log-odds of speech beyond which how the sound moves says enough: 5 %, and 95 %. */
const SURE = 3;
/** Log-odds in favour of speech: a cry that is lost costs more than a tune that is heard. */
const IN_FAVOUR = 1.5;

/**
 * The detector that files and live tracks share: how the sound moves decides nearly always, and costs next to nothing; where
 * it leaves a doubt, Silero's network is asked as well, and the more it has to say against it, the surer it must be.
 * @param sampleRateHz of all samples that come
 */
export function createVoiceDetector(sampleRateHz: number): VoiceDetector {
  const silero = new SileroDetector();
  return {
    async isSpeech(samples) {
      const heard = sampleRateHz === TRAITS_RATE_HZ ? samples : resample(samples, sampleRateHz, TRAITS_RATE_HZ);
      const likeness = speechLikeness(heard) + IN_FAVOUR;
      if (Math.abs(likeness) > SURE) return likeness > 0;
      // Two witnesses: their log-odds add up.
      return silero.isSpeech(heard, -likeness);
    },
    close: () => silero.close(),
  };
}
