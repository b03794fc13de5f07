import { workerData } from 'piscina';
import { EmotionPredictor } from '../predictor/index.ts';
import { hearClips, type HeardSpeech, type SpeechClip } from './speech-hearer.ts';

type Hear = (clips: readonly SpeechClip[]) => Promise<HeardSpeech[]>;

/** What a thread of the hearing pool does, once its model is loaded. */
export const hearInThread: Promise<Hear> = EmotionPredictor.load(workerData as string).then(
  (predictor) => (clips) => hearClips(predictor, clips),
);
