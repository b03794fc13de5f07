import { decodeAudio, resample } from '../audio/index.ts';
import { UndertoneError } from '../errors.ts';
import { ClipFeatures, prepareClip, type HearingConfig } from '../predictor/index.ts';
import type { WorkerBatch } from '../workers.ts';
import { throughChannel } from './augmentation/channel.ts';
import { HeardCopies } from './augmentation/heard-copies.ts';
import type { HeardSettings, Hearing } from './augmentation/heard-settings.ts';
import { derivedRandom } from './random.ts';
import type { BankMatrix } from './feature-packs.ts';

/** A recording and the copies of it that are wanted. */
export interface HeardItem {
  readonly path: string;
  /** SHA-256 of the file. */
  readonly content: string;
  readonly speaker: string;
  readonly copies: readonly number[];
}

/** What {@link hearRecordings} needs for all recordings. */
export interface HearRecordingsSettings {
  readonly input: HearingConfig;
  readonly hearing: Hearing;
  readonly heard: HeardSettings;
  readonly seed: number;
}

/** One matrix for each copy wanted, or why there is none. */
export type HeardRecording = { readonly matrices: readonly BankMatrix[] } | { readonly problem: string };

/** The rate at which sound is changed. */
const AUGMENTATION_RATE_HZ = 16_000;

/** Runs in a worker thread: decodes recordings and hears their copies. A bad recording costs itself alone. */
export async function hearRecordings({
  items,
  settings: { input, hearing, heard, seed },
}: WorkerBatch<HeardItem, HearRecordingsSettings>): Promise<HeardRecording[]> {
  const features = new ClipFeatures(input);
  const heardCopies = new HeardCopies(heard);
  const rate = input.sampleRateHz;

  /** Changes sound at the rate at which that is done. */
  function change(samples: Float32Array, by: (sound: Float32Array) => Float32Array): Float32Array {
    if (rate === AUGMENTATION_RATE_HZ) return by(samples);
    return resample(by(resample(samples, rate, AUGMENTATION_RATE_HZ)), AUGMENTATION_RATE_HZ, rate);
  }

  function copyOf(samples: Float32Array, { content, speaker }: HeardItem, copy: number): Float32Array {
    if (copy > 0) {
      // Cut as a voice detector would cut it: in the noise to come, silence cannot be told from speech by its level.
      const speech = prepareClip(samples, { ...input, level: null });
      return change(speech, (sound) =>
        heardCopies.hear(sound, derivedRandom(seed, speaker, copy), derivedRandom(seed, content, copy)),
      );
    }
    return hearing === 'recorded' ? samples : change(samples, (sound) => throughChannel(sound, hearing));
  }

  const results: HeardRecording[] = [];
  for (const item of items) {
    try {
      const { samples } = await decodeAudio(item.path, { sampleRateHz: rate });
      const matrices = item.copies.map((copy): BankMatrix => {
        const { data, frames, dims } = features.hear(copyOf(samples, item, copy));
        return { data: new Float16Array(data), frames, dims };
      });
      results.push({ matrices });
    } catch (error) {
      if (!(error instanceof UndertoneError)) throw error;
      results.push({ problem: error.message });
    }
  }
  return results;
}
