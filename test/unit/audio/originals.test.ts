import { describe, expect, test } from '@jest/globals';
import { existsSync, globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { decodeAudio } from '../../../src/audio/index.ts';

/** Files as the corpora publish them; they may not be part of the project, so they are tried where they are at hand. */
const ORIGINALS = join(import.meta.dirname, '../../../../shared/originals');
const files = existsSync(ORIGINALS) ? globSync(join(ORIGINALS, '**/*.wav')) : [];

(files.length === 0 ? describe.skip : describe)('files of the corpora (skipped where they are not at hand)', () => {
  test.each(files.map((file) => relative(ORIGINALS, file)))('%s', async (name) => {
    const { samples, info, warnings } = await decodeAudio(join(ORIGINALS, name));
    expect(warnings).toEqual([]);
    // Two files of TESS are AIFF behind their name.
    expect(info.container).toBe(/YAF_(germ_angry|neat_fear)/.test(name) ? 'aiff' : 'wav');
    expect(samples.length / 16_000).toBeGreaterThan(1);
    expect(samples.length / 16_000).toBeLessThan(8);
    const energy = samples.reduce((sum, sample) => sum + sample * sample, 0);
    const rms = Math.sqrt(energy / samples.length);
    if (name.includes('1076_MTI_SAD')) expect(rms).toBe(0);
    else expect(rms).toBeGreaterThan(0.002);
    expect(rms).toBeLessThan(0.3);
  });
});
