// What every voice detector must do, as checks that need no test runner: so that broken detectors can be shown to fail them.
import assert from 'node:assert/strict';
import { afterAll, describe, test } from '@jest/globals';
import type { VoiceDetector } from '../../src/predictor/index.ts';
import { otherSounds } from '../helpers/other-sounds.ts';
import { buzz, whiteNoise } from '../helpers/signals.ts';

/** The rate at which the contract's detectors hear, in Hz. */
export const CONTRACT_RATE_HZ = 16_000;
const RATE = CONTRACT_RATE_HZ;

const OTHERS = otherSounds(RATE);
const VOICES = [90, 140, 220, 310].map((pitchHz) => buzz(3, RATE, { pitchHz }));

const scaled = (samples: Float32Array, gain: number): Float32Array => samples.map((sample) => gain * sample);

/** Every check gets a detector; they may share one. */
export const VOICE_DETECTOR_CHECKS: Readonly<Record<string, (detector: VoiceDetector) => Promise<void>>> = {
  'voices of any pitch are speech, loud and quiet': async (detector) => {
    for (const voice of VOICES) {
      for (const gain of [0.03, 0.3, 1]) assert.ok(await detector.isSpeech(scaled(voice, gain)), `gain ${gain}`);
    }
  },

  'a second of a voice is enough': async (detector) => {
    for (const voice of VOICES) assert.ok(await detector.isSpeech(voice.subarray(0, RATE)), 'a second');
  },

  'a voice in noise is speech': async (detector) => {
    const noise = whiteNoise(3 * RATE, 3, 0.005);
    for (const voice of VOICES)
      assert.ok(await detector.isSpeech(voice.map((sample, i) => sample + noise[i]!)), 'in noise');
  },

  'music, noise and tones are none, loud and quiet': async (detector) => {
    for (const [name, sound] of Object.entries(OTHERS)) {
      for (const gain of [0.1, 1]) assert.ok(!(await detector.isSpeech(scaled(sound, gain))), `${name}, gain ${gain}`);
    }
  },

  'a second of music, noise or a tone is none': async (detector) => {
    for (const [name, sound] of Object.entries(OTHERS)) {
      assert.ok(!(await detector.isSpeech(sound.subarray(2 * RATE, 3 * RATE))), name);
    }
  },

  'silence is none, and neither is nothing': async (detector) => {
    for (const length of [0, 1, 511, RATE])
      assert.ok(!(await detector.isSpeech(new Float32Array(length))), `${length} samples`);
  },

  'nothing is remembered from call to call': async (detector) => {
    const { chords } = OTHERS;
    for (const voice of VOICES) {
      assert.ok(!(await detector.isSpeech(chords!)), 'chords');
      assert.ok(await detector.isSpeech(voice), 'a voice after chords');
    }
  },

  'calls side by side do not disturb each other': async (detector) => {
    const sounds = Object.values(OTHERS).flatMap((sound) => [sound, VOICES[0]!]);
    const answers = await Promise.all(sounds.map((sound) => detector.isSpeech(sound)));
    assert.deepEqual(
      answers,
      sounds.map((sound) => sound === VOICES[0]),
    );
  },

  'what it hears stays as it is': async (detector) => {
    for (const sound of [VOICES[0]!, OTHERS.melody!]) {
      const before = sound.slice();
      await detector.isSpeech(sound);
      // Not deepEqual, which would explain how 48,000 samples differ.
      assert.ok(
        sound.every((sample, i) => sample === before[i]),
        'samples changed',
      );
    }
  },
};

/** Runs the contract on a detector for 16 kHz. */
export function testVoiceDetectorContract(name: string, detector: VoiceDetector): void {
  describe(`${name} as a voice detector`, () => {
    afterAll(() => detector.close());
    test.each(Object.entries(VOICE_DETECTOR_CHECKS))('%s', async (_, check) => {
      await check(detector);
    });
  });
}
