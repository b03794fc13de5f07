import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createManifest, readManifest, writeManifest, type ManifestEntry } from '../../../src/corpora/index.ts';
import { temporaryFolder } from '../../helpers/command-line.ts';

const folder = temporaryFolder();

const entry = (id: string, more: Partial<ManifestEntry> = {}): ManifestEntry => ({
  id: `TESS/${id}`,
  path: join(folder, 'TESS', `${id}.wav`),
  durationMs: 1_500.5,
  corpus: 'TESS',
  speaker: 'TESS/OAF',
  emotion: 'angry',
  ...more,
});
const full = entry('OAF_back_angry', {
  sex: 'female',
  age: 64,
  intensity: 'strong',
  sentence: 'TESS/back',
  take: '1',
  votes: { angry: 3, sad: 1 },
  content: 'abc',
});

describe('manifests', () => {
  test('are written and read back, in the order of ids, with absolute paths', async () => {
    const manifest = createManifest([entry('OAF_bar_angry'), full]);
    const path = join(folder, 'lists', 'manifest.jsonl');
    mkdirSync(join(folder, 'lists'));
    await writeManifest(path, manifest);
    expect(manifest.entries.map(({ id }) => id)).toEqual(['TESS/OAF_back_angry', 'TESS/OAF_bar_angry']);
    expect(await readManifest(path)).toEqual(manifest);
  });

  test('hold relative paths, so that they move with their folder', async () => {
    const path = join(folder, 'manifest.jsonl');
    await writeManifest(path, createManifest([full]));
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ path: 'TESS/OAF_back_angry.wav' });
    const moved = join(folder, 'moved');
    mkdirSync(moved);
    renameSync(path, join(moved, 'manifest.jsonl'));
    const { entries } = await readManifest(join(moved, 'manifest.jsonl'));
    expect(entries[0]!.path).toBe(join(moved, 'TESS/OAF_back_angry.wav'));
  });

  test('have a hash of labels and contents, not of order and place', () => {
    const other = entry('OAF_bar_angry');
    const { hash } = createManifest([full, other]);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(createManifest([other, { ...full, path: '/elsewhere.wav' }]).hash).toBe(hash);
    const changes: Partial<ManifestEntry>[] = [
      { id: 'x' },
      { emotion: 'sad' },
      { speaker: 'TESS/YAF' },
      { sentence: 'TESS/bar' },
      { content: 'abd' },
    ];
    for (const change of changes) expect(createManifest([other, { ...full, ...change }]).hash).not.toBe(hash);
  });

  const good = JSON.stringify(full);
  test.each([
    ['no JSON', `${good}\n{"id":`, /broken\.jsonl, line 2: is no JSON/],
    ['an unknown key', `\n${good.replace('"emotion"', '"emotoin"')}`, /line 2: "emotoin".*did you mean "emotion"/],
    [
      'an unknown emotion',
      good.replace('"emotion":"angry"', '"emotion":"hangry"'),
      /line 1: "emotion".*did you mean "angry"/,
    ],
    ['a missing label', good.replace('"emotion":"angry",', ''), /line 1: "emotion"/],
    ['an impossible duration', good.replace('1500.5', '-3'), /line 1: "durationMs"/],
    ['an id twice', `${good}\n\n${good}`, /line 3: has the id TESS\/OAF_back_angry, which line 1 has too/],
    ['no clip', '\n\n', /has no clips in it/],
  ])('a manifest with %s: the error names the line', async (_, text, message) => {
    const path = join(folder, 'broken.jsonl');
    writeFileSync(path, text);
    await expect(readManifest(path)).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
    await expect(readManifest(path)).rejects.toThrow(message);
  });

  test('a manifest that is not there, and a folder that is not there', async () => {
    await expect(readManifest(join(folder, 'none.jsonl'))).rejects.toThrow(/none\.jsonl: cannot be read \(ENOENT\)/);
    const written = writeManifest(join(folder, 'none', 'manifest.jsonl'), createManifest([full]));
    await expect(written).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
  });
});
