// Real recordings, where they lie beside the checkout: a sample of every corpus decodes without a word of complaint.
import { existsSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { decodeAudio } from '../../../src/audio/index.ts';

const CORPORA = join(import.meta.dirname, '../../../../shared/corpora');
const EVERY = 40;

/** Digital silence since its release. */
const SILENT = '1076_MTI_SAD_XX.opus';

const files = existsSync(CORPORA) ? globSync('*/**/*.opus', { cwd: CORPORA }).sort() : [];
const sample = files.filter((file, i) => i % EVERY === 0 && basename(file) !== SILENT);

if (sample.length === 0) {
  test.skip('decodes the corpora: none lie in ../shared/corpora', () => undefined);
} else {
  test(`decodes every ${EVERY}th recording of the corpora`, async () => {
    for (const file of sample) {
      const { samples, sampleRateHz, warnings, info } = await decodeAudio(join(CORPORA, file));
      expect([file, warnings, info.codec]).toEqual([file, [], 'opus']);
      const seconds = samples.length / sampleRateHz;
      expect(seconds).toBeGreaterThan(0.5);
      expect(seconds).toBeLessThan(15);
      const energy = samples.reduce((sum, value) => sum + value * value, 0);
      const level = Math.sqrt(energy / samples.length);
      expect(level).toBeGreaterThan(1e-4);
      expect(level).toBeLessThan(0.7);
    }
  }, 60_000);
}
