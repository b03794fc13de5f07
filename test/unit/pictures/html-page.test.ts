import { expect, test } from '@jest/globals';
import { escapeHtml, htmlDetails, htmlFigure, htmlPage, htmlTable } from '../../../src/pictures/index.ts';
import { all, parseSvg } from './parse-svg.ts';

const HOSTILE = '<script>alert("x")</script> & \u0000\ud800';

test('a page is HTML that is well-formed XML too, whatever stands in it', () => {
  const body = [
    htmlTable(
      [HOSTILE, 'b'],
      [
        [HOSTILE, { text: HOSTILE, share: 0.5 }],
        [1, 2],
      ],
      { caption: HOSTILE },
    ),
    htmlDetails(HOSTILE, `<p>${escapeHtml(HOSTILE)}</p>`),
    htmlFigure('<svg xmlns="http://www.w3.org/2000/svg"/>', HOSTILE),
  ].join('');
  const page = parseSvg(htmlPage({ title: HOSTILE, body }));
  expect(all(page, 'script')).toEqual([]);
  expect(all(page, 'h1')[0]!.text).toContain('<script>alert("x")</script> &');
  expect(all(page, 'figcaption')[0]!.text).toContain('& ');
});

test('a table names its rows and columns, and shows shares within 0 to 1 as bars', () => {
  const rows = [
    ['first', { text: '3', share: 0.75 }],
    ['second', { text: '9', share: 9 }],
    ['third', -1],
  ] as const;
  const markup = htmlTable(['name', 'value'], rows);
  const table = all(parseSvg(markup), 'table')[0]!;
  expect(all(table, 'th').map(({ text }) => text)).toEqual(['name', 'value', 'first', 'second', 'third']);
  expect(all(table, 'td').map(({ text }) => text)).toEqual(['3', '9', '-1']);
  expect(markup.match(/--share:[\d.]+%/g)).toEqual(['--share:75.0%', '--share:100.0%']);
  expect(markup.match(/scope="(col|row)"/g)).toHaveLength(5);
});
