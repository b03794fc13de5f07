import type { ManifestEntry } from '../corpora/manifest.ts';
import { FrameStatistics, InputNormaliser, type Normalisation } from '../predictor/index.ts';
import type { TrainingEngine } from './engine/index.ts';
import type { ClipPrediction, Condition } from './evaluation/index.ts';
import type { FeatureBank } from './feature-bank.ts';
import { derivedRandom, shuffle } from './random.ts';

/** Clips of equal length that are predicted at once. */
const MOST_AT_ONCE = 16;

/** A clip to predict: copy 0 unless said otherwise. */
export interface PredictedClip {
  readonly entry: number;
  readonly copy?: number;
}

/** Hears whole clips with the averaged weights of an engine, under the conditions of an evaluation. */
export class ClipPredictor {
  readonly #engine: Pick<TrainingEngine, 'predict'>;
  readonly #bank: FeatureBank;
  readonly #entries: readonly ManifestEntry[];
  readonly #normaliser: InputNormaliser;

  constructor(
    engine: Pick<TrainingEngine, 'predict'>,
    bank: FeatureBank,
    entries: readonly ManifestEntry[],
    normalisation: Normalisation,
  ) {
    this.#engine = engine;
    this.#bank = bank;
    this.#entries = entries;
    this.#normaliser = new InputNormaliser(normalisation);
  }

  /**
   * @param clips all clips of one part of a split: a speaker's other clips are taken from them
   * @returns one prediction a clip, in their order
   */
  async predict<C extends Condition>(clips: readonly PredictedClip[], condition: C): Promise<ClipPrediction<C>[]> {
    const voices = this.#voices(clips, condition);
    const logits: Float32Array[] = new Array<Float32Array>(clips.length);
    const framesOf = (i: number): number => this.#bank.matrix(clips[i]!.entry, clips[i]!.copy).frames;
    for (const [frames, alike] of Map.groupBy(clips.keys(), framesOf)) {
      for (let start = 0; start < alike.length; start += MOST_AT_ONCE) {
        const group = alike.slice(start, start + MOST_AT_ONCE);
        const all = await this.#engine.predict(this.#inputs(group, frames, clips, voices), group.length, frames);
        const labels = all.length / group.length;
        group.forEach((clip, row) => (logits[clip] = all.slice(row * labels, (row + 1) * labels)));
      }
    }
    return clips.map(({ entry: index }, i) => ({ index, logits: logits[i]!, condition }));
  }

  #inputs(
    group: readonly number[],
    frames: number,
    clips: readonly PredictedClip[],
    voices: readonly FrameStatistics[],
  ): Float32Array {
    const size = frames * this.#normaliser.dims;
    const inputs = new Float32Array(group.length * size);
    group.forEach((clip, row) => {
      const { entry, copy } = clips[clip]!;
      this.#normaliser.apply(
        this.#bank.matrix(entry, copy),
        voices[clip]!,
        inputs.subarray(row * size, (row + 1) * size),
      );
    });
    return inputs;
  }

  /** What is known of the voice of each clip. */
  #voices(clips: readonly PredictedClip[], condition: Condition): FrameStatistics[] {
    const own = clips.map(({ entry, copy }) => this.#bank.statistics(entry, copy));
    if (condition === 'clip') return own;
    const bySpeaker = Map.groupBy(clips.keys(), (i) => this.#entries[clips[i]!.entry]!.speaker);
    const merge = (members: Iterable<number>): FrameStatistics => {
      const all = new FrameStatistics(this.#bank.dims);
      for (const i of members) all.merge(own[i]!);
      return all;
    };
    const voices = [...own];
    for (const members of bySpeaker.values()) {
      const whole = condition === 'adapted-all' ? merge(members) : undefined;
      for (const i of members)
        voices[i] = whole ?? merge([i, ...eightOthers(this.#entries, members, i, (member) => clips[member]!.entry)]);
    }
    return voices;
  }
}

/**
 * The 8 other clips (or fewer, where there are no more) that are known of a speaker under the condition adapted-8: the same
 * ones whenever a clip is heard.
 * @param members all clips of the speaker, `clip` among them
 * @param entryOf the index of a clip's entry
 */
export function eightOthers(
  entries: readonly ManifestEntry[],
  members: readonly number[],
  clip: number,
  entryOf: (clip: number) => number = (index) => index,
): Int32Array {
  const own = entryOf(clip);
  const others = Int32Array.from(members.filter((member) => entryOf(member) !== own));
  shuffle(others, derivedRandom('adapted-8', entries[own]!.id));
  return others.subarray(0, 8);
}
