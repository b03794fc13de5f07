import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { Convolver } from '../../features/convolver.ts';
import { throughG711, throughOpus } from './channel.ts';
import type { HeardSettings } from './heard-settings.ts';
import { addNoise } from './noise.ts';
import { chance, choose, uniform } from '../random.ts';
import { roomResponse } from './reverberation.ts';
import { changeGain, changeSpeed } from './speed.ts';

/**
 * Draws how a recording might be heard elsewhere: spoken faster, in a room, in noise, nearer or farther, over a phone.
 * Make one for a thread.
 */
export class HeardCopies {
  readonly #settings: HeardSettings;
  #convolver: Convolver | undefined;

  constructor(settings: HeardSettings) {
    this.#settings = settings;
  }

  /**
   * One copy: the same generators and samples give the same one. Without any part drawn, it is the recording itself.
   *
   * @param samples mono, 16 kHz
   * @param random draws what happens: recordings with equal generators are heard in one place over one line
   * @param noiseRandom draws the noise itself, which is never the same twice; default the same generator
   * @returns samples at 16 kHz, as many but for a change of speed
   */
  hear(samples: Float32Array, random: RandomGenerator, noiseRandom = random): Float32Array {
    const { speed, reverberation, noise, gain, opus, g711 } = this.#settings;
    let heard = samples;
    if (chance(random, speed.probability)) heard = changeSpeed(heard, uniform(random, speed.factor));
    if (chance(random, reverberation.probability)) {
      const decayMs = uniform(random, reverberation.decayMs);
      const directDb = uniform(random, reverberation.directDb);
      this.#convolver ??= new Convolver();
      heard = this.#convolver.convolve(heard, roomResponse({ decayMs, directDb }, random));
    }
    if (chance(random, noise.probability)) {
      const kind = choose(random, noise.kinds);
      heard = addNoise(heard, { kind, snrDb: uniform(random, noise.snrDb) }, noiseRandom);
    }
    if (chance(random, gain.probability)) heard = changeGain(heard, uniform(random, gain.decibels));
    const codec = uniform(random, [0, 1]);
    if (codec < opus.probability) return throughOpus(heard, Math.round(uniform(random, opus.bitrate)));
    if (codec < opus.probability + g711.probability) {
      return throughG711(heard, { law: choose(random, ['mu', 'a']), bandPass: chance(random, g711.bandPass) });
    }
    return heard;
  }
}
