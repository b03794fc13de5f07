import { existsSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { decodeAudio } from '../../../../src/audio/index.ts';
import { createVoiceDetector, type VoiceDetector } from '../../../../src/predictor/index.ts';
import { SileroDetector } from '../../../../src/predictor/voice/silero-detector.ts';
import { throughChannel } from '../../../../src/training/augmentation/index.ts';
import {
  CONTRACT_RATE_HZ,
  testVoiceDetectorContract,
  VOICE_DETECTOR_CHECKS,
} from '../../../contract/voice-detector-contract.ts';
import { otherSounds } from '../../../helpers/other-sounds.ts';
import { buzz } from '../../../helpers/signals.ts';

testVoiceDetectorContract('what files and live tracks use', createVoiceDetector(CONTRACT_RATE_HZ));

test.each([8_000, 22_050])('hears at %i Hz as well', async (rate) => {
  const detector = createVoiceDetector(rate);
  expect(await detector.isSpeech(buzz(3, rate))).toBe(true);
  for (const sound of Object.values(otherSounds(rate))) expect(await detector.isSpeech(sound)).toBe(false);
  await detector.close();
});

test('Silero’s network hears a voice, and no noise, and how much of it is voiced', async () => {
  const silero = new SileroDetector();
  expect(await silero.isSpeech(buzz(3, CONTRACT_RATE_HZ), 0.2)).toBe(true);
  expect(await silero.isSpeech(otherSounds(CONTRACT_RATE_HZ)['white noise']!, 0.2)).toBe(false);
  // A second of a voice in five seconds.
  const partly = new Float32Array(5 * CONTRACT_RATE_HZ);
  partly.set(buzz(1, CONTRACT_RATE_HZ), CONTRACT_RATE_HZ);
  expect(await silero.isSpeech(partly, 0.05)).toBe(true);
  expect(await silero.isSpeech(partly, 0.5)).toBe(false);
  await silero.close();
  await silero.close();
});

// The contract can fail: detectors that are wrong in one way each are caught by the check for it.
const BREAKS: Record<string, { caught: string; broken: (detector: VoiceDetector) => VoiceDetector['isSpeech'] }> = {
  'all that is loud is speech': {
    caught: 'music, noise and tones are none, loud and quiet',
    broken: () => (samples) => Promise.resolve(samples.some((sample) => Math.abs(sample) > 0.01)),
  },
  'nothing is speech': {
    caught: 'voices of any pitch are speech, loud and quiet',
    broken: () => () => Promise.resolve(false),
  },
  'quiet voices are not heard': {
    caught: 'voices of any pitch are speech, loud and quiet',
    broken: (detector) => async (samples) =>
      samples.some((sample) => Math.abs(sample) > 0.1) && detector.isSpeech(samples),
  },
  'what was answered last still counts': {
    caught: 'nothing is remembered from call to call',
    broken: (detector) => {
      let last = true;
      return async (samples) => {
        const before = last;
        last = await detector.isSpeech(samples);
        return before && last;
      };
    },
  },
  'one buffer for all calls': {
    caught: 'calls side by side do not disturb each other',
    broken: (detector) => {
      let shared = new Float32Array();
      return async (samples) => {
        shared = samples.slice();
        await Promise.resolve();
        return detector.isSpeech(shared);
      };
    },
  },
  'levels its input': {
    caught: 'what it hears stays as it is',
    broken: (detector) => async (samples) => {
      const answer = await detector.isSpeech(samples);
      samples.forEach((sample, i) => (samples[i] = sample / 2));
      return answer;
    },
  },
};

test.each(Object.entries(BREAKS))('%s: is caught', async (_, { caught, broken }) => {
  const detector = createVoiceDetector(CONTRACT_RATE_HZ);
  const isSpeech = broken(detector);
  await expect(VOICE_DETECTOR_CHECKS[caught]!({ ...detector, isSpeech })).rejects.toThrow();
  await detector.close();
});

const CORPORA = join(import.meta.dirname, '../../../../../shared/corpora');
/** The clips that are easiest to lose: shouts, cries and sobs. */
const LOUD_AND_SAD = /^03-01-0[4-6]-02|_(ANG|FEA|SAD)_HI|_(angry|fear|sad)\.|^.._(a|f|sa)\d/;

(existsSync(CORPORA) ? test : test.skip)(
  'keeps actors’ shouts, cries and sobs, over a telephone too (needs ../shared/corpora)',
  async () => {
    const files = globSync('**/*.opus', { cwd: CORPORA })
      .filter((file) => LOUD_AND_SAD.test(basename(file)))
      .sort()
      .filter((__, index) => index % 20 === 0);
    expect(files.length).toBeGreaterThan(50);
    const detector = createVoiceDetector(CONTRACT_RATE_HZ);
    const lost: string[] = [];
    for (const file of files) {
      const { samples } = await decodeAudio(join(CORPORA, file));
      if (!(await detector.isSpeech(samples))) lost.push(file);
      if (!(await detector.isSpeech(throughChannel(samples, 'telephone')))) lost.push(`${file} by telephone`);
    }
    await detector.close();
    expect(lost.length).toBeLessThanOrEqual(0.01 * 2 * files.length);
  },
  120_000,
);
