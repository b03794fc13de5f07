import { beforeAll, describe, expect, test } from '@jest/globals';
import { exploreCorpora, type Exploration } from '../../../src/corpora/index.ts';
import { measureClips } from '../../../src/corpora/exploring/measure-worker.ts';
import { encodeWav } from '../../helpers/audio-writers.ts';
import { corpusFolder } from '../../helpers/corpus-folder.ts';
import { sine } from '../../helpers/signals.ts';
import { all, parseSvg, type Node } from '../pictures/parse-svg.ts';

describe('a page about corpora', () => {
  let exploration: Exploration;
  let page: Node;
  beforeAll(async () => {
    const folder = corpusFolder({
      'Actor_01/03-01-01-01-01-01-01.wav': 1,
      'Actor_01/03-01-02-01-01-01-01.wav': 2,
      'Actor_01/03-01-05-01-01-01-01.wav': 3,
      'Actor_02/03-01-05-01-01-01-02.wav': 4,
      'Actor_02/03-01-05-01-02-01-02.wav': 5,
      'OAF_Sad/OAF_back_sad.wav': 6,
      'OAF_Sad/<b>hostile & name.wav': 7,
      '1001_DFA_ANG_XX.wav': 'no sound',
    });
    exploration = await exploreCorpora(folder);
    // The page is written so that it is both HTML and well-formed XML.
    page = parseSvg(exploration.html);
  });

  const tables = (): string[][][] =>
    all(page, 'table').map((table) => all(table, 'tr').map((row) => row.children.map(({ text }) => text)));

  test('needs nothing but itself: no script, no network, no sound', () => {
    expect(exploration.html).toMatch(/^<!DOCTYPE html>\n<html lang="en">/);
    expect(exploration.html).not.toMatch(/<script|<link|<audio|<iframe|@import/);
    expect(exploration.html).not.toMatch(/(href|src)="(?!data:)|url\(/);
    expect(exploration.html.match(/https?:\/\/(?!www\.w3\.org)/g)).toBeNull();
    expect(all(page, 'image').every(({ attributes }) => attributes.href!.startsWith('data:image/png;base64,'))).toBe(
      true,
    );
  });

  test('counts the clips of each emotion by corpus and sex', () => {
    const emotions = tables().find(([head]) => head![0] === 'emotion')!;
    expect(emotions[0]).toEqual(['emotion', 'all', 'RAVDESS', 'TESS', 'female', 'male']);
    const row = (name: string) => emotions.find(([first]) => first === name)!.slice(1);
    expect(row('angry')).toEqual(['3', '3', '–', '2', '1']);
    expect(row('sad')).toEqual(['1', '–', '1', '1', '–']);
    expect(emotions.at(-1)!.slice(1)).toEqual(['6', '5', '1', '3', '3']);
  });

  test('has a row for each speaker, and says what is missing and damaged', () => {
    const speakers = tables()
      .filter(([head]) => head![0] === 'speaker')
      .flatMap((table) => table.slice(1));
    expect(speakers.map((row) => row.slice(0, 4))).toEqual([
      ['01', 'male', '', '3'],
      ['02', 'female', '', '2'],
      ['OAF', 'female', '64', '1'],
    ]);
    const corpora = tables()[0]!;
    expect(corpora.find(([name]) => name === 'TESS')).toEqual(['TESS', '1 of 2,800', '1', '1', 'CC BY-NC-ND 4.0']);
    expect(page.text).toContain('of no known corpus: 1');
    expect(page.text).toContain('<b>hostile & name.wav');
    expect(page.text).toContain('damaged, left out: 1');
  });

  test('draws durations, loudness, pitch, and one clip of each emotion that there is', () => {
    const titles = all(page, 'svg').flatMap(({ children }) => children.filter(({ name }) => name === 'title'));
    expect(titles.map(({ text }) => text)).toEqual([
      'Emotions by speaker',
      'Duration by emotion',
      'Loudness by emotion',
      'Pitch by emotion',
      // Of one voice where it has the emotion.
      'RAVDESS/03-01-01-01-01-01-01',
      'RAVDESS/03-01-02-01-01-01-01',
      'TESS/OAF_back_sad',
      'RAVDESS/03-01-05-01-01-01-01',
    ]);
    for (const panel of ['Waveform', 'Mel spectrogram', 'MFCC', 'Chroma']) {
      expect(all(page, 'tspan').filter(({ text }) => text === panel)).toHaveLength(4);
    }
  });

  test('says the boxes in numbers too', () => {
    const durations = tables().filter(([head]) => head![0] === 'emotion')[1]!;
    expect(durations.find(([name]) => name === 'angry')).toEqual(['angry', '0.40 (0.40 to 0.40)', '–']);
  });
});

test('loudness and pitch of a tone, with a pause that counts for neither', async () => {
  const tone = sine(220, 16_000, 16_000, 0.1);
  const samples = new Float32Array(32_000);
  samples.set(tone, 8_000);
  const folder = corpusFolder({ 'tone.wav': encodeWav([samples], 16_000, { encoding: 'f32' }) });
  const [measures] = await measureClips({ items: [`${folder}/tone.wav`], settings: undefined });
  // A sine of amplitude 0.1 has -23.01 dB; frames at the tone's ends hold less of it.
  expect(measures!.loudnessDb).toBeGreaterThan(-23.5);
  expect(measures!.loudnessDb).toBeLessThan(-23);
  expect(Math.abs(measures!.pitchHz - 220)).toBeLessThan(1.5);
});
