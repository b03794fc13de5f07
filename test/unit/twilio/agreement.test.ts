// What a mu-law call is heard as, against what `predict` hears in a recording of it.
import { afterAll, expect, jest, test } from '@jest/globals';
import { framesOf } from '../../../plugins/twilio/src/simulator/call-sound.ts';
import type { CallReport } from '../../../src/calls/index.ts';
import { encodeMulaw } from '../../../src/audio/index.ts';
import { EmotionPredictor } from '../../../src/predictor/index.ts';
import { actedSpeech, hasCorpus } from '../../fakes/twilio/speech.ts';
import { startTwilio, until, type TwilioWorld } from '../../fakes/twilio/start.ts';
import { encodeWav } from '../../helpers/audio-writers.ts';

jest.setTimeout(300_000);
let world: TwilioWorld | undefined;
afterAll(() => world?.close());

const real = hasCorpus ? test : test.skip;

interface Labelled {
  readonly startMs: number;
  readonly endMs: number;
  readonly label: string;
  readonly uncertain: boolean;
}

const labelAt = (segments: readonly Labelled[], ms: number): string | undefined => {
  const segment = segments.find(({ startMs, endMs }) => startMs <= ms && ms < endMs);
  return segment?.uncertain ? 'uncertain' : segment?.label;
};

real('the label timeline is that of predict for 95 % of the time', async () => {
  world = await startTwilio({ settings: (url) => ({ annotations: { webhook: { url, kinds: ['summary'] } } }) });
  const predictor = await EmotionPredictor.load('default');
  let [agreed, total] = [0, 0];
  for (const actor of ['Actor_01', 'Actor_02']) {
    const sound = await actedSpeech(30, actor);
    world.posts.clear();
    const from = `+1555000${actor.slice(-2)}00`;
    await world.call({ from, sound: { inbound: framesOf(encodeMulaw(sound)) }, speed: 50 });
    await until(() => world!.posts.size === 1, 30_000);
    const { speakers } = [...world.posts.values()][0]!.body.content as unknown as CallReport;
    const recording = encodeWav([sound], 8_000, { encoding: 'mulaw' });
    const { segments } = await predictor.predictFile(recording);
    for (let ms = 10; ms < sound.length / 8; ms += 20, total++) {
      if (labelAt(speakers[0]!.timeline, ms) === labelAt(segments, ms)) agreed++;
    }
  }
  await predictor.close();
  expect(agreed / total).toBeGreaterThan(0.95);
});
