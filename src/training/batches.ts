import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { ManifestEntry } from '../corpora/manifest.ts';
import type { FeatureMatrix } from '../features/index.ts';
import { FrameStatistics, InputNormaliser, NEPERS_A_DECIBEL, type Normalisation } from '../predictor/index.ts';
import { maskSpectrum, mixUp, readDrawnWindow, warpFrequency } from './augmentation/index.ts';
import type { EngineBatch } from './engine/index.ts';
import type { FeatureBank } from './feature-bank.ts';
import { chance, derivedRandom, drawLogUniform, shuffle, uniform } from './random.ts';
import type { TrainingRecipe } from './recipe.ts';
import { drawEpoch, samplingWeights } from './sampling.ts';
import type { Targets } from './targets.ts';

/** A clip that is trained on: one of its copies, or (without a copy) any, drawn each time. */
export interface TrainingClip {
  /** Index into the manifest's entries and the bank. */
  readonly entry: number;
  readonly copy?: number;
}

/** What batches are drawn from. */
export interface BatchSource {
  readonly recipe: TrainingRecipe;
  readonly entries: readonly ManifestEntry[];
  readonly bank: FeatureBank;
  readonly clips: readonly TrainingClip[];
  readonly targets: Targets;
  readonly normalisation: Normalisation;
  readonly seed: number;
}

/** A batch whose buffers are written to again and again. */
interface BatchBuffers extends EngineBatch {
  readonly inputs: Float32Array<ArrayBuffer>;
}

/**
 * Draws training batches. What is drawn hangs on the seed, the epoch and the step alone, so that a run can be resumed
 * anywhere. A batch is valid until the next is drawn.
 */
export class BatchDrawer {
  readonly stepsPerEpoch: number;
  readonly #source: BatchSource;
  readonly #normaliser: InputNormaliser;
  readonly #weights: Float64Array;
  readonly #batch: BatchBuffers;
  /** The clips of each speaker, in an order of the epoch's own. */
  readonly #voices = new Map<string, Int32Array>();
  readonly #window: FeatureMatrix;
  /** How much of what is meant for few voices a corpus gets. */
  readonly #strengths: ReadonlyMap<string, number>;
  /** Two frames that have the mean and the deviation of a speaker's. */
  readonly #pair: FeatureMatrix;
  readonly #shape: { readonly dims: number; readonly views: number };
  #epoch = -1;
  #order = new Int32Array(0);

  constructor(source: BatchSource) {
    const { recipe, entries, bank, clips, normalisation, targets } = source;
    this.#source = source;
    this.#normaliser = new InputNormaliser(normalisation);
    const trained = clips.map(({ entry }) => entries[entry]!);
    this.#weights = samplingWeights(trained, recipe.balance);
    this.#strengths = fewVoicesStrengths(trained);
    this.stepsPerEpoch = Math.max(1, Math.floor(clips.length / recipe.batch));
    const { frames } = recipe.crop;
    this.#batch = {
      inputs: new Float32Array(recipe.batch * frames * this.#normaliser.dims),
      targets: new Float32Array(recipe.batch * targets.labels.length),
      allowed: new Float32Array(recipe.batch * targets.labels.length),
    };
    this.#window = { data: new Float32Array(frames * bank.dims), frames, dims: bank.dims };
    this.#shape = { dims: bank.dims, views: normalisation.views.length };
    this.#pair = { data: new Float32Array(2 * bank.dims), frames: 2, dims: bank.dims };
  }

  /** The batch of a step of an epoch, both from 0. */
  draw(epoch: number, step: number): EngineBatch {
    if (epoch !== this.#epoch) this.#startEpoch(epoch);
    const { recipe, clips, seed } = this.#source;
    const random = derivedRandom(seed, 'batch', epoch, step);
    const batch = this.#batch;
    for (let row = 0; row < recipe.batch; row++) {
      const drawn = this.#order[(step * recipe.batch + row) % this.#order.length]!;
      this.#drawClip(clips[drawn]!, batch, row, random);
    }
    const { mixupAlpha, mixupShare } = recipe.augmentation;
    if (mixupAlpha > 0 && chance(random, mixupShare)) mixUp(batch, recipe.batch, mixupAlpha, random);
    return batch;
  }

  #startEpoch(epoch: number): void {
    const { clips, entries, seed } = this.#source;
    this.#order = drawEpoch(this.#weights, derivedRandom(seed, 'order', epoch));
    this.#epoch = epoch;
    const bySpeaker = Map.groupBy(new Set(clips.map(({ entry }) => entry)), (entry) => entries[entry]!.speaker);
    const random = derivedRandom(seed, 'speakers', epoch);
    for (const [speaker, indexes] of bySpeaker) {
      const voice = Int32Array.from(indexes);
      shuffle(voice, random);
      this.#voices.set(speaker, voice);
    }
  }

  #drawClip(clip: TrainingClip, batch: BatchBuffers, row: number, random: RandomGenerator): void {
    const { recipe, entries, bank, targets } = this.#source;
    const { crop, augmentation } = recipe;
    const entry = entries[clip.entry]!;
    const copy = clip.copy ?? this.#drawCopy(random);
    const window = this.#window;
    readDrawnWindow(bank.matrix(clip.entry, copy), window.data, crop, random);
    const speaker = this.#drawVoice(clip.entry, copy, random);
    const { frequencyWarp, gainDb, fewVoices } = augmentation;
    const strength = this.#strengths.get(entry.corpus)!;
    const warp = frequencyWarp + strength * fewVoices.frequencyWarp;
    const factor = uniform(random, [1 - warp, 1 + warp]);
    const gain = this.#drawGain(gainDb, random);
    const own = this.#drawGain(strength * fewVoices.clipGainDb, random);
    const tilt = this.#drawGain(strength * fewVoices.clipTiltDb, random);
    change(window, factor, gain + own, tilt);
    // What happens to the clip alone happens to its part of what is known of the voice.
    const part = bank.statistics(clip.entry, copy).frames / speaker.frames;
    const size = window.frames * this.#normaliser.dims;
    const out = batch.inputs.subarray(row * size, (row + 1) * size);
    this.#normaliser.apply(window, this.#changeVoice(speaker, factor, gain + part * own, part * tilt), out);
    maskSpectrum(out, this.#shape, augmentation.masks, random);
    const { length } = targets.labels;
    targets.write(entry, batch.targets.subarray(row * length, (row + 1) * length));
    batch.allowed.set(targets.allowed(entry.corpus), row * length);
  }

  #drawCopy(random: RandomGenerator): number {
    const { copies, recordedShare } = this.#source.recipe.heard;
    return copies === 0 || chance(random, recordedShare) ? 0 : uniformInt(random, 1, copies);
  }

  /** In nepers of power, up to so many decibels; features without a logarithm have none. */
  #drawGain(mostDb: number, random: RandomGenerator): number {
    if (mostDb === 0 || this.#source.recipe.input.logFloor === null) return 0;
    return NEPERS_A_DECIBEL * uniform(random, [-mostDb, mostDb]);
  }

  /** What is known of the voice: the clip, and a drawn number of the speaker's others. */
  #drawVoice(entry: number, copy: number, random: RandomGenerator): FrameStatistics {
    const { recipe, entries, bank } = this.#source;
    const voice = this.#voices.get(entries[entry]!.speaker)!;
    const { least, most } = recipe.speakerClips;
    const number = Math.min(voice.length, Math.round(drawLogUniform(random, least, most)));
    const first = uniformInt(random, 0, voice.length - 1);
    const speaker = new FrameStatistics(bank.dims).merge(bank.statistics(entry, copy));
    for (let i = 0, seen = 1; seen < number; i++) {
      const other = voice[(first + i) % voice.length]!;
      if (other === entry) continue;
      speaker.merge(bank.statistics(other, copy));
      seen++;
    }
    return speaker;
  }

  /** The statistics of the voice that a changed clip stands for, at the same microphone. */
  #changeVoice(speaker: FrameStatistics, factor: number, gain: number, tilt: number): FrameStatistics {
    const { data, dims } = this.#pair;
    for (let dim = 0; dim < dims; dim++) {
      data[dim] = speaker.mean(dim) - speaker.deviation(dim);
      data[dims + dim] = speaker.mean(dim) + speaker.deviation(dim);
    }
    change(this.#pair, factor, gain, tilt);
    return new FrameStatistics(dims).merge(new FrameStatistics(dims).add(this.#pair), speaker.frames / 2);
  }
}

/** For each corpus one divided by its voices. */
function fewVoicesStrengths(entries: readonly ManifestEntry[]): Map<string, number> {
  const voices = Map.groupBy(new Map(entries.map(({ speaker, corpus }) => [speaker, corpus])), ([, corpus]) => corpus);
  return new Map(Array.from(voices, ([corpus, { length }]) => [corpus, 1 / length]));
}

/** Warps frequencies by a factor, and adds to log powers a gain and a tilt: from minus half of it to plus half of it. */
function change({ data, dims }: FeatureMatrix, factor: number, gain: number, tilt: number): void {
  warpFrequency(data, dims, factor);
  if (gain === 0 && tilt === 0) return;
  for (let dim = 0; dim < dims; dim++) {
    const added = gain + tilt * (dim / Math.max(1, dims - 1) - 0.5);
    for (let i = dim; i < data.length; i += dims) data[i]! += added;
  }
}
