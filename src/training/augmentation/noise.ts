import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { lowPass } from './filters.ts';
import { fillWithNoise, uniform, uniformWhole } from '../random.ts';

/** Noise that is made here: flat, falling by 3 dB an octave, and many voices at once. */
export const NOISE_KINDS = ['white', 'pink', 'babble'] as const;
/** One of {@link NOISE_KINDS}. */
export type NoiseKind = (typeof NOISE_KINDS)[number];

const SAMPLE_RATE_HZ = 16_000;
/** 20 ms, of which one power is taken. */
const FRAME = 320;
/** Frames this far below the loudest, as a ratio of powers (25 dB), are pauses. */
const PAUSE = 10 ** -2.5;

/** The mean power of speech without its pauses: of the 20 ms frames within 25 dB of the loudest. 0 for silence. */
export function speechPower(samples: Float32Array): number {
  const powers = new Float64Array(Math.ceil(samples.length / FRAME));
  for (let frame = 0; frame < powers.length; frame++) {
    const end = Math.min(samples.length, (frame + 1) * FRAME);
    let sum = 0;
    for (let i = frame * FRAME; i < end; i++) sum += samples[i]! * samples[i]!;
    powers[frame] = sum / (end - frame * FRAME);
  }
  const threshold = PAUSE * powers.reduce((most, power) => Math.max(most, power), 0);
  const speech = powers.filter((power) => power >= threshold);
  return speech.reduce((sum, power) => sum + power, 0) / Math.max(1, speech.length);
}

/**
 * Adds noise that is `snrDb` below the speech, measured as {@link speechPower}; silence stays silence. 0.4 ms (white) to
 * 1.6 ms (babble) for three seconds.
 *
 * @param samples mono, 16 kHz
 */
export function addNoise(
  samples: Float32Array,
  { kind, snrDb }: { readonly kind: NoiseKind; readonly snrDb: number },
  random: RandomGenerator,
): Float32Array {
  const noise = makeNoise(kind, samples.length, random);
  let power = 0;
  for (let i = 0; i < noise.length; i++) power += noise[i]! * noise[i]!;
  const gain = Math.sqrt((speechPower(samples) * noise.length) / power / 10 ** (snrDb / 10)) || 0;
  for (let i = 0; i < noise.length; i++) noise[i] = samples[i]! + gain * noise[i]!;
  return noise;
}

/** Noise of a kind at 16 kHz, of any level. */
export function makeNoise(kind: NoiseKind, length: number, random: RandomGenerator): Float32Array {
  const noise = new Float32Array(length);
  if (kind === 'babble') {
    fillWithVoices(noise, random);
    return noise;
  }
  fillWithNoise(noise, random);
  if (kind === 'pink') makePink(noise);
  return noise;
}

/** Turns white noise pink: within 1 dB of -3 dB an octave above 50 Hz. Paul Kellet's filter (musicdsp.org, no. 76, 1999). */
function makePink(noise: Float32Array): void {
  let [b0, b1, b2, b3, b4, b5, b6] = [0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < noise.length; i++) {
    const white = noise[i]!;
    b0 = 0.99886 * b0 + white * 0.0555179;
    b1 = 0.99332 * b1 + white * 0.0750759;
    b2 = 0.969 * b2 + white * 0.153852;
    b3 = 0.8665 * b3 + white * 0.3104856;
    b4 = 0.55 * b4 + white * 0.5329522;
    b5 = -0.7616 * b5 - white * 0.016898;
    noise[i] = b0 + b1 + b2 + b3 + b4 + b5 + b6 + white * 0.5362;
    b6 = white * 0.115926;
  }
}

/** Loudness and pitch of a voice stay the same for so many samples: 5 ms. */
const STEP = 80;

/** Breath beside pulses of amplitude 1: about 10 dB less power. */
const BREATH = 0.06;

/**
 * Several voices at once: trains of glottal pulses and breath that rise and fall with syllables, under the long-term
 * average spectrum of speech (flat to 400 Hz, then falling by 6 and more dB an octave; Byrne et al. 1994).
 */
function fillWithVoices(out: Float32Array, random: RandomGenerator): void {
  fillWithNoise(out, random);
  const voices = Array.from({ length: 4 + uniformWhole(random, 4) }, () => ({
    pitchHz: uniform(random, [90, 260]),
    syllablesHz: uniform(random, [1, 2.5]),
    beginning: uniform(random, [0, Math.PI]),
    pulse: uniform(random, [0, 1]),
  }));
  for (let start = 0; start < out.length; start += STEP) {
    const end = Math.min(out.length, start + STEP);
    const turn = (2 * Math.PI * start) / SAMPLE_RATE_HZ;
    const loudness = voices.map(({ syllablesHz, beginning }) => Math.sin(syllablesHz * turn + beginning) ** 2);
    const breath = BREATH * loudness.reduce((sum, one) => sum + one, 0);
    for (let i = start; i < end; i++) out[i]! *= breath;
    voices.forEach((voice, index) => {
      // A voice glides: higher where it is louder.
      const pulses = (voice.pitchHz * (0.9 + 0.2 * loudness[index]!)) / SAMPLE_RATE_HZ;
      for (let i = start; i < end; i++) {
        voice.pulse += pulses;
        if (voice.pulse < 1) continue;
        voice.pulse -= 1;
        out[i]! += loudness[index]!;
      }
    });
  }
  lowPass(out, 400, SAMPLE_RATE_HZ);
  lowPass(out, 3_000, SAMPLE_RATE_HZ);
}
