// What lies in models/ is whole, hears, and says how well; where the corpora lie beside the checkout, it hears those too.
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cremaD } from '../../../src/corpora/crema-d.ts';
import { EmotionPredictor, modelsFolder, readModel } from '../../../src/predictor/index.ts';
import { buzz } from '../../helpers/signals.ts';

const CORPORA = join(import.meta.dirname, '../../../../shared/corpora');
const EVERY = 50;
/** A million weights of four bytes. */
const LARGEST_BYTES = 4e6;

const trueEmotion = (clip: string): string | undefined => {
  const labels = cremaD.recognise(clip);
  return labels && 'emotion' in labels ? labels.emotion : undefined;
};

describe.each(['default', 'open'])('models/%s', (id) => {
  const file = (name: string): string => join(modelsFolder(), id, name);

  test('states its weights, is small, and hears', async () => {
    const { config } = await readModel(id);
    expect(config.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(statSync(file(config.weights)).size).toBeLessThan(LARGEST_BYTES);
    const predictor = await EmotionPredictor.load(id);
    const { scores, confidence } = await predictor.predictClip(buzz(2, predictor.sampleRateHz));
    await predictor.close();
    expect(Object.keys(scores)).toEqual(config.labels);
    expect(Object.values(scores).reduce((sum, score) => sum + score)).toBeCloseTo(1, 4);
    expect(confidence).toBe(Math.max(...Object.values(scores)));
  });

  test('says how it was judged, whose licences it inherits and what it must not be used for', () => {
    const metrics = JSON.parse(readFileSync(file('metrics.json'), 'utf8')) as { protocol: string; leaky: boolean };
    expect(metrics).toMatchObject({ protocol: 'speaker', leaky: false });
    const card = readFileSync(file('README.md'), 'utf8');
    for (const said of ['ODbL', 'UAR', 'Prohibited use', 'Article 5(1)(f)']) expect(card).toContain(said);
  });

  const clips = existsSync(CORPORA) ? globSync('CREMA-D/**/*.opus', { cwd: CORPORA }).sort() : [];
  const sample = clips.filter((_, i) => i % EVERY === 0);
  if (sample.length === 0) {
    test.skip('hears CREMA-D: it does not lie in ../shared/corpora', () => undefined);
  } else {
    test('hears far more than chance, a sixth, in what it was trained on', async () => {
      const predictor = await EmotionPredictor.load(id);
      let right = 0;
      for (const clip of sample) {
        const { overall } = await predictor.predictFile(join(CORPORA, clip));
        if (overall?.label === trueEmotion(clip)) right++;
      }
      await predictor.close();
      expect(right / sample.length).toBeGreaterThan(0.4);
    });
  }
});
