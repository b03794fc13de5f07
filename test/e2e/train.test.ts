// Training and judging as users do it: the built program, on a corpus that is synthesised.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { RunIdentity } from '../../src/training/checkpoint.ts';
import { NO_AUGMENTATION } from '../../src/training/recipe.ts';
import { temporaryFolder, undertone } from '../helpers/command-line.ts';
import { emotionalCorpus } from '../helpers/emotional-corpus.ts';
import { voiceWav } from '../helpers/corpus-folder.ts';

const folder = temporaryFolder();
const corpus = emotionalCorpus({ actors: 6, takes: 2 });
const manifest = join(folder, 'manifest.jsonl');
const recipe = join(folder, 'recipe.json');
/** What the shell has, with a cache that is thrown away. */
process.env.XDG_CACHE_HOME = join(folder, 'cache');

beforeAll(() => {
  const tiny = JSON.parse(readFileSync('config/recipes/tiny.json', 'utf8')) as object;
  writeFileSync(recipe, JSON.stringify({ ...tiny, epochs: 2, crop: { frames: 24 } }));
  expect(undertone('corpora', 'scan', corpus, '--out', manifest).code).toBe(0);
});

interface Figures {
  readonly uar: number;
  readonly byCorpus: Record<string, number>;
}

describe('undertone train', () => {
  test('trains, judges and writes a model that predicts', () => {
    const out = join(folder, 'models/mine');
    const { code, stdout, stderr } = undertone(
      'train',
      manifest,
      '--recipe',
      recipe,
      '--out',
      out,
      '--threads',
      '1',
      '--json',
    );
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^epoch 1\/2: loss [\d.]+.*UAR/)]);
    const result = JSON.parse(stdout) as { epochs: number; conditions: Record<string, Figures> };
    expect(result.epochs).toBe(2);
    expect(Object.keys(result.conditions)).toEqual(['clip', 'adapted-8', 'adapted-all']);
    expect(Object.keys(result.conditions.clip!.byCorpus)).toEqual(['RAVDESS']);
    const clip = join(corpus, 'Actor_01/03-01-05-01-01-01-01.wav');
    const predicted = undertone('predict', clip, '--model', out, '--json');
    expect(JSON.parse(predicted.stdout)).toMatchObject({
      model: 'mine',
      overall: { label: expect.any(String) },
    });
    const judged = undertone('evaluate', '--model', out, '--data', corpus, '--condition', 'adapted-8', '--json');
    expect(JSON.parse(judged.stdout)).toMatchObject({ model: 'mine', clips: 48, byCorpus: { RAVDESS: { clips: 48 } } });
    const card = readFileSync(join(out, 'README.md'), 'utf8');
    expect(card).toMatch(/CC BY-NC-SA 4\.0[^]*Speaker-disjoint[^]*prohibited/);
  });

  test.each([
    ['an empty folder', () => [temporaryFolder()], /has no recordings in it/],
    ['a folder that is not there', () => ['/nowhere'], /\/nowhere/],
    [
      'files without labels',
      () => {
        const unlabelled = temporaryFolder();
        writeFileSync(join(unlabelled, 'holiday.wav'), voiceWav(1));
        return [unlabelled];
      },
      /none that is named like a clip of a known corpus/,
    ],
    [
      'one emotion only',
      () => [emotionalCorpus({ actors: 2, takes: 1, emotions: ['angry'] })],
      /all 2 clips are angry/,
    ],
    ['one speaker only', () => [emotionalCorpus({ actors: 1, takes: 2 })], /speaker/],
    ['corpora that are not there', () => [manifest, '--recipe', 'open'], /wants clips of CREMA-D; there are RAVDESS/],
    ['a recipe that is not there', () => [manifest, '--recipe', 'defualt'], /defualt: is no recipe.*default/],
    [
      'a recipe with an unknown setting',
      () => {
        const path = join(folder, 'wrong.json');
        writeFileSync(path, '{ "name": "wrong", "epoch": 3 }');
        return [manifest, '--recipe', path];
      },
      /"epoch" is not a setting \(did you mean "epochs"\?\)/,
    ],
    ['impossible epochs', () => [manifest, '--recipe', recipe, '--epochs', '0'], /epochs/],
    [
      'no evaluation to train on all by',
      () => [manifest, '--recipe', recipe, '--all', '/nowhere'],
      /holds no finished evaluation/,
    ],
  ])('with %s says what is wrong', (_, args, problem) => {
    const out = join(folder, 'models/none');
    const { code, stdout, stderr } = undertone(
      'train',
      ...(args().includes('--recipe') ? [] : ['--recipe', recipe]),
      ...args(),
      '--out',
      out,
    );
    expect(stderr).toMatch(problem);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect([code === 0, stdout, existsSync(join(out, 'config.json'))]).toEqual([false, '', false]);
  });

  test('under another seed hears no recording anew', () => {
    const copied = join(folder, 'copied.json');
    writeFileSync(copied, JSON.stringify({ ...JSON.parse(readFileSync(recipe, 'utf8')), heard: { copies: 1 } }));
    const cached = (seed: string): string[] => {
      const out = join(folder, `models/seed-${seed}`);
      const args = ['--recipe', copied, '--epochs', '1', '--seed', seed, '--out', out];
      expect(undertone('train', manifest, ...args).code).toBe(0);
      return readdirSync(join(folder, 'cache'), { recursive: true, encoding: 'utf8' });
    };
    expect(cached('2')).toEqual(cached('1'));
  });

  test('does not throw away a training that was stopped', () => {
    const out = join(folder, 'models/stopped');
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, 'training.checkpoint'), 'hours of work');
    const anew = undertone('train', manifest, '--recipe', recipe, '--out', out);
    expect([anew.code, anew.stderr]).toEqual([2, expect.stringMatching(/holds a training that was stopped.*--resume/)]);
    const resumed = undertone('train', manifest, '--recipe', recipe, '--out', out, '--resume');
    expect([resumed.code, resumed.stderr]).toEqual([
      1,
      expect.stringMatching(/training\.checkpoint: is damaged.*Delete it/),
    ]);
  });
});

describe('undertone evaluate', () => {
  const evaluate = (out: string, ...args: string[]) =>
    undertone(
      'evaluate',
      manifest,
      '--recipe',
      recipe,
      '--epochs',
      '1',
      '--seeds',
      '1',
      '--folds',
      '2',
      '--out',
      out,
      ...args,
    );

  test('trains each fold in a process of its own, keeps it, and reports', () => {
    const out = join(folder, 'reports');
    const { code, stdout, stderr } = evaluate(out, '--jobs', '2', '--channel', 'g711');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/speaker 1\/2, seed 1: done/)]);
    expect(stdout).toMatch(/g711 +adapted-all +RAVDESS/);
    const report = readFileSync(join(out, 'report.json'), 'utf8');
    expect(JSON.parse(report)).toMatchObject({ protocol: 'speaker', manifest: { clips: 48, speakers: 6 } });
    expect(readFileSync(join(out, 'report-g711.html'), 'utf8')).toMatch(/g711/);
    const startedAt = performance.now();
    const again = evaluate(out, '--channel', 'g711', '--json');
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect({ ...(JSON.parse(again.stdout) as object), createdAt: '' }).toEqual({
      ...(JSON.parse(report) as object),
      createdAt: '',
    });
    const shipped = join(folder, 'models/all');
    expect(undertone('train', manifest, '--recipe', recipe, '--epochs', '1', '--all', out, '--out', shipped).code).toBe(
      0,
    );
    expect(readFileSync(join(shipped, 'metrics.json'), 'utf8')).toBe(readFileSync(join(out, 'report.json'), 'utf8'));
    expect(undertone('evaluate', '--table', out).stdout).toMatch(
      /^\| Protocol .*\n.*\n\| speaker \| the voice \| [\d.]+ \|/m,
    );
    const other = evaluate(out, '--epochs', '2');
    expect(other.stderr).toMatch(/belongs to a training with another recipe/);
  });

  test('trains a fold of the leaky protocol, and reports on that fold alone', () => {
    const out = join(folder, 'leaky');
    const { code, stderr } = evaluate(out, '--protocol', 'leaky', '--fold', '0');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/leaky/)]);
    const fold = JSON.parse(readFileSync(join(out, 'folds/seed-1-fold-0.json'), 'utf8')) as { identity: RunIdentity };
    // The copies are all the augmentation.
    expect(JSON.parse(fold.identity.recipe)).toMatchObject({
      heard: { copies: 3 },
      crop: { stretch: [1, 1] },
      augmentation: NO_AUGMENTATION,
    });
    const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as { splits: { fold: number }[] };
    expect(report.splits.map(({ fold }) => fold)).toEqual([0]);
  });

  test('writes no report about one of its networks', () => {
    const out = join(folder, 'one');
    expect(evaluate(out, '--fold', '1', '--seed', '1').code).toBe(0);
    expect(readdirSync(out)).toEqual(['folds']);
  });

  test.each([
    [['--fold', '9'], /is no fold of this evaluation/],
    [['--test-corpora', 'TESS'], /TESS: is tested in no fold/],
    [['--protocol', 'speakr'], /speakr/],
  ])('%j is refused', (args, problem) => {
    const { code, stderr } = evaluate(join(folder, 'none'), ...args);
    expect(stderr).toMatch(problem);
    expect(code).toBe(2);
  });

  test('without data says so', () => {
    expect(undertone('evaluate', '--model', 'default').stderr).toMatch(/no data was named/);
  });
});
