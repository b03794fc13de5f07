// Sounds that are not speech, made up: what a voice detector must not take for a voice.
import { seededRandom, whiteNoise } from './signals.ts';

const TURN = 2 * Math.PI;
const SECONDS = 6;

/** The value of a sound at a time in seconds. */
type Sound = (time: number) => number;

const tones =
  (...hz: number[]): Sound =>
  (time) =>
    hz.reduce((sum, frequency) => sum + 0.1 * Math.sin(TURN * frequency * time), 0);

/** On for a part of each period. */
const pulsed =
  (sound: Sound, onSeconds: number, periodSeconds: number): Sound =>
  (time) =>
    time % periodSeconds < onSeconds ? sound(time) : 0;

/** A plucked string, `time` after it was plucked. */
function pluck(hz: number, time: number): number {
  let sum = 0;
  for (let harmonic = 1; harmonic <= 8; harmonic++) sum += Math.sin(TURN * hz * harmonic * time) / harmonic ** 1.5;
  return 0.2 * sum * Math.exp(-3 * time) * Math.min(1, 200 * time);
}

const CHORDS_HZ = [220, 174.6, 261.6, 196];
const chords: Sound = (time) =>
  [1, 1.26, 1.5].reduce((sum, ratio) => sum + pluck(CHORDS_HZ[Math.floor(time) % 4]! * ratio, time % 1), 0);
const MELODY = [0, 4, 7, 12, 11, 7, 9, 5, 2, 4, 0, 7];
const melody: Sound = (time) => pluck(330 * 2 ** (MELODY[Math.floor(time / 0.3) % MELODY.length]! / 12), time % 0.3);

const drums =
  (random: () => number): Sound =>
  (time) => {
    const beat = time % 0.5;
    const snare = Math.floor(time / 0.5) % 2;
    const drum = 0.6 * Math.exp(-18 * beat) * Math.sin(TURN * 60 * beat);
    return drum + (0.1 * Math.exp(-70 * (time % 0.25)) + 0.3 * snare * Math.exp(-22 * beat)) * (2 * random() - 1);
  };

/** Many short bursts of noise, at random: keys, claps, clicks. */
function bursts(perSecond: number, decaySeconds: number, rate: number, random: () => number): Float32Array {
  const out = new Float32Array(SECONDS * rate);
  for (let burst = 0; burst < perSecond * SECONDS; burst++) {
    const at = Math.floor(random() * out.length);
    const level = 0.05 + 0.3 * random();
    for (let i = 0; i < 6 * decaySeconds * rate && at + i < out.length; i++) {
      out[at + i]! += level * Math.exp(-i / (decaySeconds * rate)) * (2 * random() - 1);
    }
  }
  return out;
}

/** Music, noise and tones by name, six seconds of each. */
export function otherSounds(sampleRateHz: number, seed = 1): Readonly<Record<string, Float32Array>> {
  const random = seededRandom(seed);
  const length = SECONDS * sampleRateHz;
  const play = (sound: Sound): Float32Array => Float32Array.from({ length }, (_, i) => sound(i / sampleRateHz));
  const beat = drums(random);
  let smooth = 0;
  return {
    chords: play(chords),
    melody: play(melody),
    drums: play(beat),
    'hold music': play((time) => 0.6 * melody(time) + 0.4 * chords(time) + 0.5 * beat(time)),
    'white noise': whiteNoise(length, seed, 0.1),
    'a fan': play((time) => {
      smooth += 0.05 * (2 * random() - 1 - smooth);
      return smooth * (1 + 0.4 * Math.sin(TURN * 24 * time));
    }),
    'a hum': play(tones(50, 150, 250)),
    'a tone': play(tones(1_000)),
    'a dial tone': play(tones(350, 440)),
    'a busy tone': play(pulsed(tones(480, 620), 0.5, 1)),
    'dialled digits': play((time) => pulsed(tones(697 + 80 * Math.floor(time % 4), 1_336), 0.12, 0.2)(time)),
    beeps: play(pulsed(tones(900), 0.25, 0.8)),
    'a siren': play((time) => 0.2 * Math.sin(TURN * 900 * time - (500 / 0.3) * Math.cos(TURN * 0.3 * time))),
    'a keyboard': bursts(9, 0.005, sampleRateHz, random),
    applause: bursts(200, 0.004, sampleRateHz, random),
  };
}
