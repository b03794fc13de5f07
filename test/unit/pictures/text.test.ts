import { describe, expect, test } from '@jest/globals';
import { coordinate, element } from '../../../src/pictures/svg.ts';
import { estimateTextWidth, fitText, plainText } from '../../../src/pictures/text.ts';
import { parseSvg } from './parse-svg.ts';

describe('element', () => {
  test('what goes into an attribute comes out of a parser unchanged', () => {
    const value = `a"b'c<d>e&f&amp;`;
    expect(parseSvg(element('g', { id: value, x: undefined })).attributes).toEqual({ id: value });
  });

  test('a number that is none never reaches the document', () => {
    expect([NaN, Infinity, -0.001, 1 / 3].map(coordinate)).toEqual(['0', '0', '0', '0.33']);
  });
});

describe('plainText', () => {
  test.each([
    ['a\u0000b\tc\nd', 'a b c d'],
    ['photo\u202egnp.exe', 'photo gnp.exe'],
    ['\ud800lone', '\ufffdlone'],
    ['x\uffff', 'x'],
    ['  Здравствуй — 日本語  ', 'Здравствуй — 日本語'],
  ])('%j becomes %j', (given, expected) => {
    expect(plainText(given)).toBe(expected);
  });

  test('a name of a megabyte keeps its start and its ending', () => {
    const short = plainText(`start${'x'.repeat(1e6)}end.wav`);
    expect(short).toHaveLength(300);
    expect(short).toMatch(/^startx+…x+end\.wav$/);
  });

  test('a cut through a surrogate pair leaves no half of it', () => {
    for (let shift = 0; shift < 2; shift++) {
      expect(plainText('a'.repeat(shift) + '😀'.repeat(400)).isWellFormed()).toBe(true);
    }
  });
});

describe('fitText', () => {
  const style = { sizePx: 10 };

  test('leaves alone what fits', () => {
    expect(fitText('speech.wav', 100, style)).toBe('speech.wav');
  });

  test('fits, and keeps start and ending', () => {
    const short = fitText(`interview-${'a'.repeat(200)}-take-2.wav`, 200, style);
    expect(short).toMatch(/^interview-a+…a*-take-2\.wav$/);
    expect(estimateTextWidth(short, style)).toBeLessThanOrEqual(200);
    expect(estimateTextWidth(short, style)).toBeGreaterThan(180);
  });

  test('never splits what is read as one character', () => {
    const family = '👨‍👩‍👧‍👦';
    expect(fitText(family.repeat(30), 150, style).replaceAll(family, '')).toBe('…');
  });
});
