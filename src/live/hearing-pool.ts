import { extname } from 'node:path';
import { Piscina } from 'piscina';
import { EmotionPredictor } from '../predictor/index.ts';
import { hearingFacts, type HeardSpeech, type SpeechClip, type SpeechHearer } from './speech-hearer.ts';

/** How many threads hear. */
export interface HearingPoolOptions {
  /** Default 1, which serves some hundred speakers beside the thread that decodes them. */
  readonly threads?: number;
}

/**
 * Hears in threads of its own, so that the network's work never delays a packet.
 * @param model its id, or the path of its folder
 * @throws UndertoneError as `EmotionPredictor.load`
 */
export async function createHearingPool(
  model: string,
  { threads = 1 }: HearingPoolOptions = {},
): Promise<SpeechHearer> {
  // Loaded here as well: a model that does not load is an error now, and its labels and rate are needed at once.
  const predictor = await EmotionPredictor.load(model);
  const facts = hearingFacts(predictor);
  await predictor.close();
  const pool = new Piscina<readonly SpeechClip[], HeardSpeech[]>({
    filename: new URL(`./hearing-worker${extname(import.meta.url)}`, import.meta.url).href,
    name: 'hearInThread',
    minThreads: threads,
    maxThreads: threads,
    workerData: model,
  });
  return {
    ...facts,
    hear: (clips) => pool.run(clips),
    close: () => pool.close(),
  };
}
