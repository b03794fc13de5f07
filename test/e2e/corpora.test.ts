// The commands about corpora, as their users have them.
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { MAIN, temporaryFolder, undertone } from '../helpers/command-line.ts';
import { corpusFolder, voiceWav } from '../helpers/corpus-folder.ts';
import { serveFiles } from '../helpers/file-server.ts';

const folder = corpusFolder({
  'Actor_01/03-01-05-02-01-01-01.wav': 1,
  'Actor_01/03-02-05-02-01-01-01.wav': 2,
  'OAF_Sad/OAF_back_sad.wav': 3,
  'copy/OAF_Sad/OAF_back_sad.wav': 3,
  'holiday.wav': 4,
});

test('corpora list names them with their licences', () => {
  const { code, stdout } = undertone('corpora', 'list');
  expect(code).toBe(0);
  expect(stdout).toMatch(/RAVDESS +1440 .*CC BY-NC-SA 4\.0.*CREMA-D +7442.*TESS +2800.*SAVEE +480.*EmoDB/s);
  const corpora = JSON.parse(undertone('corpora', 'list', '--json').stdout) as { corpus: string }[];
  expect(corpora.map(({ corpus }) => corpus)).toEqual(['RAVDESS', 'CREMA-D', 'TESS', 'SAVEE', 'EmoDB']);
});

describe('corpora scan', () => {
  test('says what was found, missing, left out and unknown', () => {
    const { code, stdout } = undertone('corpora', 'scan', folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/RAVDESS +1 +1440 +1439 +1 +no 02, 03/);
    expect(stdout).toMatch(/RAVDESS: 1 files left out: song/);
    expect(stdout).toMatch(
      /further copies, left out: 1\n {2}copy\/OAF_Sad\/OAF_back_sad\.wav: has the content of OAF_Sad/,
    );
    expect(stdout).toMatch(/of no known corpus: 1\n {2}holiday\.wav/);
    expect(stdout).toMatch(/^2 clips/m);
  });

  test('writes a manifest, and JSON', () => {
    const out = join(folder, 'manifest.jsonl');
    const { stdout } = undertone('corpora', 'scan', folder, '--out', out, '--json');
    const found = JSON.parse(stdout) as { clips: number; corpora: { corpus: string; missing: number }[] };
    expect(found).toMatchObject({ clips: 2, corpora: [{ corpus: 'RAVDESS', missing: 1439 }, { corpus: 'TESS' }] });
    const lines = readFileSync(out, 'utf8').trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { path: string }).path)).toEqual([
      'Actor_01/03-01-05-02-01-01-01.wav',
      'OAF_Sad/OAF_back_sad.wav',
    ]);
  });

  test('of a folder without known clips fails with 1 and says what to do', () => {
    const { code, stderr } = undertone('corpora', 'scan', corpusFolder({ 'holiday.wav': 1 }));
    expect(code).toBe(1);
    expect(stderr).toMatch(/none that is named like a clip of a known corpus\. Keep the original file names/);
  });
});

describe('corpora fetch', () => {
  test.each([
    [['ravdess', '--to', folder], /RAVDESS: its licence was not accepted.*--accept-licence/],
    [['savee', '--to', folder, '--accept-licence'], /SAVEE: cannot be downloaded by a program.*register/],
    [['tes', '--to', folder], /tes: is no corpus.*did you mean "TESS"/],
    [['tess'], /--to/],
  ])('%j: wrong use exits with 2', (args, message) => {
    const { code, stderr } = undertone('corpora', 'fetch', ...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  test('downloads what a mirror has', async () => {
    const clip = voiceWav(1);
    const md5 = createHash('md5').update(clip).digest('hex');
    const list = { data: [{ dataFile: { id: 7, filename: 'OAF_back_sad.wav', md5 } }] };
    const server = await serveFiles({
      'borealisdata.ca/api/datasets/:persistentId/versions/:latest-published/files?persistentId=doi:10.5683/SP2/E8H2MF':
        JSON.stringify(list),
      'borealisdata.ca/api/access/datafile/7': clip,
    });
    const to = temporaryFolder();
    const args = ['corpora', 'fetch', 'tess', '--to', to, '--accept-licence', '--mirror', server.url, '--json'];
    const program = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const output = Array.fromAsync(program.stdout, (chunk) => String(chunk));
    const code = await new Promise((resolve) => program.on('exit', resolve));
    await server.close();
    expect(code).toBe(0);
    const folderOfTess = join(to, 'TESS');
    expect(JSON.parse((await output).join(''))).toEqual({ fetched: [{ corpus: 'TESS', folder: folderOfTess }] });
    expect(readFileSync(join(folderOfTess, 'OAF_back_sad.wav')).equals(clip)).toBe(true);
  });
});

describe('explore', () => {
  test('writes a page', () => {
    const out = join(temporaryFolder(), 'report.html');
    const { code, stdout } = undertone('explore', folder, '--out', out, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ folder, out, clips: 2, measured: 2 });
    expect(readFileSync(out, 'utf8')).toMatch(/^<!DOCTYPE html>.*RAVDESS\/03-01-05-02-01-01-01.*<\/html>\n$/s);
  });

  test('without --out is wrong use', () => {
    const { code, stderr } = undertone('explore', folder);
    expect(stderr).toContain('--out');
    expect(code).toBe(2);
  });
});
