// Sounds that are no speech, made up: music, noises, tones and signals. Each call makes another one of its kind.
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { choose, uniform } from '../../src/training/random.ts';
import { makeNoise } from '../../src/training/augmentation/index.ts';

export const RATE_HZ = 16_000;
const SECONDS = 9;
const LENGTH = SECONDS * RATE_HZ;
const TURN = 2 * Math.PI;
const MAJOR = [0, 2, 4, 5, 7, 9, 11, 12];

/** The value of a sound at a time in seconds. */
type Wave = (time: number) => number;
/** Makes a sound of a kind, which is another one for each state of the generator. */
type Kind = (random: RandomGenerator) => Float32Array;

const play = (wave: Wave): Float32Array => Float32Array.from({ length: LENGTH }, (_, i) => wave(i / RATE_HZ));
const tones =
  (...hz: readonly number[]): Wave =>
  (time) =>
    hz.reduce((sum, frequency) => sum + (0.2 / hz.length) * Math.sin(TURN * frequency * time), 0);
/** On for a part of each period. */
const pulsed =
  (wave: Wave, onSeconds: number, periodSeconds: number): Wave =>
  (time) =>
    time % periodSeconds < onSeconds ? wave(time) : 0;
/** A tone whose pitch moves. */
function gliding(hzAt: Wave, form: (turns: number) => number = (turns) => Math.sin(TURN * turns)): Float32Array {
  let turns = 0;
  return play((time) => 0.2 * form((turns += hzAt(time) / RATE_HZ)));
}
const mix = (...parts: readonly Float32Array[]): Float32Array =>
  parts[0]!.map((_, i) => parts.reduce((sum, part) => sum + part[i]!, 0) / parts.length);
const sawtooth = (turns: number): number => 2 * (turns % 1) - 1;

interface Instrument {
  /** How fast a note dies away, by the second. */
  readonly decay: number;
  readonly attack: number;
  readonly harmonics: number;
  /** How much weaker the higher harmonics are. */
  readonly slope: number;
}

function drawInstrument(random: RandomGenerator): Instrument {
  return {
    decay: choose(random, [0.2, 1.5, 4, 8]),
    attack: choose(random, [8, 50, 200]),
    harmonics: choose(random, [1, 3, 8, 14]),
    slope: uniform(random, [0.5, 2]),
  };
}

function note({ decay, attack, harmonics, slope }: Instrument, hz: number, time: number): number {
  let sum = 0;
  for (let h = 1; h <= harmonics; h++) sum += Math.sin(TURN * hz * h * time) / h ** slope;
  return 0.2 * sum * Math.exp(-decay * time) * Math.min(1, attack * time);
}

const melody: Kind = (random) => {
  const instrument = drawInstrument(random);
  const seconds = uniform(random, [0.15, 0.7]);
  const root = uniform(random, [110, 440]);
  const vibrato = uniform(random, [0, 0.004]);
  const notes = Array.from({ length: Math.ceil(SECONDS / seconds) }, () => ({
    hz: root * 2 ** (choose(random, MAJOR) / 12),
    gain: choose(random, [0, 0.5, 0.8, 1, 1]),
  }));
  return play((time) => {
    const { hz, gain } = notes[Math.floor(time / seconds)]!;
    return gain * note(instrument, hz * (1 + vibrato * Math.sin(TURN * 5.5 * time)), time % seconds);
  });
};

const chords: Kind = (random) => {
  const instrument = drawInstrument(random);
  const seconds = uniform(random, [0.4, 2]);
  const root = uniform(random, [80, 260]);
  const steps = Array.from({ length: Math.ceil(SECONDS / seconds) }, () => choose(random, MAJOR));
  return play((time) =>
    [0, 4, 7].reduce((sum, third) => {
      const hz = root * 2 ** ((steps[Math.floor(time / seconds)]! + third) / 12);
      return sum + 0.5 * note(instrument, hz, time % seconds);
    }, 0),
  );
};

const drums: Kind = (random) => {
  const beat = uniform(random, [0.3, 0.7]);
  const [bass, hat, snare] = [0.6, 0.2, 0.4].map((most) => uniform(random, [0, most]));
  return play((time) => {
    const since = time % beat;
    const noise = uniform(random, [-1, 1]);
    const drum = bass! * Math.exp(-18 * since) * Math.sin(TURN * 55 * since);
    const isSnare = Math.floor(time / beat) % 2 === 1;
    return drum + noise * (hat! * Math.exp(-70 * (time % (beat / 2))) + (isSnare ? snare! * Math.exp(-22 * since) : 0));
  });
};

/** Short bursts of noise at random: the ticks of keys, claps, drops. */
function bursts(perSecond: number, decaySeconds: number): Kind {
  return (random) => {
    const out = new Float32Array(LENGTH);
    const decay = decaySeconds * RATE_HZ * uniform(random, [0.6, 1.6]);
    for (let burst = 0; burst < perSecond * SECONDS; burst++) {
      const at = Math.floor(uniform(random, [0, LENGTH]));
      const level = uniform(random, [0.05, 0.4]);
      for (let i = 0; i < 5 * decay && at + i < LENGTH; i++) {
        out[at + i]! += level * Math.exp(-i / decay) * uniform(random, [-1, 1]);
      }
    }
    return out;
  };
}

const pink: Kind = (random) => makeNoise('pink', LENGTH, random).map((sample) => 0.1 * sample);
const white: Kind = (random) => play(() => uniform(random, [-0.2, 0.2]));
const brown: Kind = (random) => {
  let value = 0;
  return play(() => (value = 0.99 * value + uniform(random, [-0.06, 0.06])));
};
const shaped =
  (noise: Kind, draw: (random: RandomGenerator) => Wave): Kind =>
  (random) => {
    const gain = draw(random);
    return noise(random).map((sample, i) => sample * gain(i / RATE_HZ));
  };

const dialled: Kind = (random) => {
  const keys = Array.from({ length: SECONDS * 5 }, () =>
    tones(choose(random, [697, 770, 852, 941]), choose(random, [1_209, 1_336, 1_477])),
  );
  return play((time) => (time % 0.2 < 0.12 ? keys[Math.floor(time * 5)]!(time) : 0));
};

/** By name. */
export const MADE_UP_SOUNDS: Readonly<Record<string, Kind>> = {
  melody,
  chords,
  drums,
  'melody and chords': (random) => mix(melody(random), chords(random)),
  'melody and drums': (random) => mix(melody(random), drums(random)),
  'two melodies': (random) => mix(melody(random), melody(random)),
  'hold music': (random) => mix(melody(random), chords(random), drums(random)),
  'white noise': white,
  'pink noise': pink,
  'brown noise': brown,
  'bursts of noise': shaped(white, (random) => {
    const period = uniform(random, [0.4, 1.4]);
    return (time) => (time % period < 0.6 * period ? 1 : 0);
  }),
  waves: shaped(pink, (random) => {
    const pace = uniform(random, [0.2, 2]);
    return (time) => 0.5 + 0.5 * Math.sin(TURN * pace * time);
  }),
  'a fan': shaped(pink, () => (time) => 1 + 0.4 * Math.sin(TURN * 24 * time)),
  'an engine': (random) => {
    const hz = uniform(random, [30, 70]);
    return mix(
      brown(random),
      gliding((time) => hz + 15 * Math.sin(time), sawtooth),
    );
  },
  'a hum': () => play(tones(50, 150, 250, 350)),
  'a tone': (random) => play(tones(uniform(random, [100, 3_100]))),
  'a sawtooth': (random) => {
    const hz = uniform(random, [80, 400]);
    return gliding(() => hz, sawtooth);
  },
  'a trembling tone': (random) => {
    const tone = tones(uniform(random, [200, 1_200]));
    const pace = uniform(random, [2, 7]);
    return play((time) => tone(time) * (0.5 + 0.5 * Math.sin(TURN * pace * time)));
  },
  'dialled digits': dialled,
  'a dial tone': (random) => play(choose(random, [tones(350, 440), tones(425)])),
  'a busy tone': (random) => play(choose(random, [pulsed(tones(480, 620), 0.5, 1), pulsed(tones(425), 0.48, 0.96)])),
  ringing: (random) => play(choose(random, [pulsed(tones(440, 480), 1.5, 3), pulsed(tones(400, 450), 0.4, 0.6)])),
  'number unknown': () => {
    const [low, middle, high] = [tones(950), tones(1_400), tones(1_800)];
    return play((time) => (time % 2 < 0.33 ? low : time % 2 < 0.66 ? middle : high)(time) * (time % 2 < 1 ? 1 : 0));
  },
  'a fax': () => play((time) => (time % 3.5 < 0.5 ? tones(1_100) : pulsed(tones(2_100), 3, 3.5))(time)),
  beeps: (random) => play(pulsed(tones(uniform(random, [600, 2_100])), 0.25, uniform(random, [0.5, 1.2]))),
  'an alarm': () => play((time) => Math.sign(tones(time % 1 < 0.5 ? 800 : 1_000)(time)) * 0.2),
  'a siren': (random) => {
    const pace = uniform(random, [0.2, 0.5]);
    return gliding((time) => 900 + 500 * Math.sin(TURN * pace * time));
  },
  'a yelping siren': () => gliding((time) => 700 + 800 * ((3 * time) % 1)),
  clicks: bursts(5, 0.002),
  'a keyboard': bursts(11, 0.005),
  applause: bursts(200, 0.004),
  rain: bursts(600, 0.0013),
};
