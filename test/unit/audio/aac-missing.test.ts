import { expect, jest, test } from '@jest/globals';
import { join } from 'node:path';
import { FIXTURES } from '../../helpers/audio-damage.ts';

jest.unstable_mockModule('@audio/decode-aac', () => {
  throw new Error("Cannot find package '@audio/decode-aac'");
});
const { decodeAudio } = await import('../../../src/audio/open-audio.ts');

test.each(['44100-2.adts.aac', '44100-2.faststart.m4a'])(
  'without the AAC decoder, %s says how to add it',
  async (name) => {
    const path = join(FIXTURES, name);
    await expect(decodeAudio(path)).rejects.toMatchObject({
      code: 'AUDIO_UNSUPPORTED_CODEC',
      subject: path,
      remedy: expect.stringMatching(/npm install @audio\/decode-aac.*GPL-2\.0.*ffmpeg/) as unknown,
    });
  },
);
