import { z } from 'zod';
import type { ConsentData, ConsentSubject, VoiceMemory } from '../live/index.ts';
import type { FrameStatisticsData } from '../predictor/index.ts';
import type { Store, WriteBehind } from '../store/index.ts';

const numbers = z.array(z.number());
const statisticsSchema = z
  .strictObject({ frames: z.number().positive(), sums: numbers, squares: numbers })
  .refine(({ sums, squares }) => sums.length === squares.length);

/**
 * What is known of voices, in the store, for conversations to come. Whether it may be kept is asked by the session that
 * learned it; a purge of the store removes it. A store cannot answer at once: what `load` gives is handed to
 * `LiveSession.openTrack`.
 */
export class StoredVoices implements VoiceMemory {
  readonly #store: Store;
  readonly #writes: WriteBehind;
  readonly #clock: () => number;

  constructor(store: Store, writes: WriteBehind, clock: () => number) {
    this.#store = store;
    this.#writes = writes;
    this.#clock = clock;
  }

  /**
   * What is known of a voice; undefined where nothing is, or what is kept is not what this version writes.
   * @throws UndertoneError STORE_UNAVAILABLE, STORE_DAMAGED
   */
  async load(subject: ConsentSubject, model: string): Promise<FrameStatisticsData | undefined> {
    const stored = await this.#store.voice(subject, model);
    return statisticsSchema.safeParse(stored?.statistics).data;
  }

  recall(): undefined {
    return undefined;
  }

  remember({ platform, space, speaker }: ConsentSubject, model: string, statistics: FrameStatisticsData): void {
    this.#writes.write({
      type: 'voice',
      voice: { platform, space, speaker, model, statistics, updatedAtMs: this.#clock() },
    });
  }
}

/** What the store has of a speaker, for purges. What is on its way into the store goes first, to be found there. */
export function storedData(store: Store, writes: WriteBehind): ConsentData {
  return {
    name: 'store',
    async purge(subject) {
      await writes.flush();
      await store.purgeSpeaker(subject, 'store');
    },
  };
}
