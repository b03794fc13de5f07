import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseRecipe, readRecipe } from '../../../src/training/recipe.ts';

const parse = (changes: object) => () => parseRecipe({ name: 'mine', ...changes }, 'mine.json');

describe('a recipe', () => {
  test.each(readdirSync('config/recipes').map((file) => basename(file, '.json')))(
    '%s comes with Undertone',
    async (name) => {
      expect((await readRecipe(name)).name).toBe(name);
    },
  );

  test('open trains on CREMA-D alone', async () => {
    expect((await readRecipe('open')).corpora).toEqual(['CREMA-D']);
  });

  test('needs a name alone', () => {
    expect(parse({})()).toMatchObject({ network: { kind: 'cnn-lstm' }, batch: 32, input: { sampleRateHz: 16_000 } });
  });

  test.each([
    [{ epoch: 3 }, '"epoch" is not a setting (did you mean "epochs"?)'],
    [{ optimiser: { learningrate: 1e-3 } }, '"optimiser.learningrate" is not a setting (did you mean "learningRate"?)'],
    [{ network: { kind: 'cnn-lstm', lstmUnit: 3 } }, 'lstmUnit'],
    [{ network: { kind: 'cnn', lstmUnits: 3 } }, 'lstmUnits'],
    [{ heard: { chain: { opsu: {} } } }, '"heard.chain.opsu" is not a setting (did you mean "opus"?)'],
    [{ batch: 1 }, '"batch"'],
    [{ crop: { stretch: [1.2, 0.8] } }, '"crop.stretch": the lower end comes first'],
    [{ targets: { votes: 2 } }, '"targets.votes"'],
    [{ input: { logFloor: null } }, '"input.level.keep": must be 0 where logFloor is null'],
    [{ speakerClips: { least: 9, most: 3 } }, 'least is more than most'],
    [
      { input: { features: { sampleRateHz: 8_000, features: [{ name: 'mfcc' }] } } },
      '"input.features.sampleRateHz" is 8000',
    ],
    [{ input: { features: { sampleRateHz: 16_000, features: [{ name: 'mfc' }] } } }, 'mfcc'],
  ])('with %j is refused and says why', (changes, problem) => {
    expect(parse(changes)).toThrow(
      expect.objectContaining({ code: 'RECIPE_INVALID', message: expect.stringContaining(problem) }),
    );
  });

  test('keeps the level of clips unless it says otherwise', () => {
    expect(parse({ input: { level: { targetDb: -20 } } })().input.level).toMatchObject({ targetDb: -20, keep: 1 });
    expect(parse({ input: { level: { keep: 0 }, logFloor: null } })().input.level).toMatchObject({ keep: 0 });
  });

  test('is read from a file, with changes', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'undertone-')), 'mine.json');
    writeFileSync(path, JSON.stringify({ name: 'mine', epochs: 9 }));
    expect(await readRecipe(path, { epochs: 3 })).toMatchObject({ name: 'mine', epochs: 3 });
    writeFileSync(path, '{ "name": ');
    await expect(readRecipe(path)).rejects.toMatchObject({
      code: 'RECIPE_INVALID',
      message: expect.stringContaining('no JSON'),
    });
  });

  test('that is not there is not taken for another', async () => {
    await expect(readRecipe('defualt')).rejects.toThrow(/defualt: is no recipe.*default/);
  });
});
