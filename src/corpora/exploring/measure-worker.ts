import { decodeAudio } from '../../audio/index.ts';
import { createPitchTracker } from '../../features/index.ts';
import type { WorkerBatch } from '../../workers.ts';

/** How a clip is spoken. */
export interface ClipMeasures {
  /** Level of the parts in which something is said, in dB of full scale. */
  readonly loudnessDb: number;
  /** Median of the fundamental frequency in voiced frames, in Hz; NaN where none is voiced. */
  readonly pitchHz: number;
}

const SAMPLE_RATE_HZ = 16_000;
const FRAME_LENGTH = 1_024;
const HOP_LENGTH = 512;
/** Frames quieter than the loudest by more than this are pauses. */
const PAUSE_DB = 30;
const LEAST_VOICING = 0.8;

/** Runs in a worker thread: decodes clips and measures loudness and pitch. */
export async function measureClips({ items }: WorkerBatch<string>): Promise<ClipMeasures[]> {
  const tracker = createPitchTracker({
    sampleRateHz: SAMPLE_RATE_HZ,
    fmin: 65,
    fmax: 500,
    frameLength: FRAME_LENGTH,
  });
  const measures: ClipMeasures[] = [];
  for (const file of items) {
    const { samples } = await decodeAudio(file, { sampleRateHz: SAMPLE_RATE_HZ });
    const powers = framePowers(samples);
    const least = powers.reduce((most, power) => Math.max(most, power), 0) / 10 ** (PAUSE_DB / 10);
    const spoken = powers.filter((power) => power >= least);
    const mean = spoken.reduce((sum, power) => sum + power, 0) / spoken.length;
    const estimate = new Float32Array(2);
    const pitches: number[] = [];
    powers.forEach((power, frame) => {
      if (power < least) return;
      tracker.track(samples, estimate, frame * HOP_LENGTH);
      if (estimate[1]! >= LEAST_VOICING) pitches.push(estimate[0]!);
    });
    pitches.sort((a, b) => a - b);
    measures.push({ loudnessDb: 10 * Math.log10(mean), pitchHz: pitches[pitches.length >> 1] ?? NaN });
  }
  return measures;
}

/** The mean square of every whole frame. */
function framePowers(samples: Float32Array): number[] {
  const frames = Math.max(0, Math.floor((samples.length - FRAME_LENGTH) / HOP_LENGTH) + 1);
  return Array.from({ length: frames }, (_, frame) => {
    let sum = 0;
    for (let i = frame * HOP_LENGTH; i < frame * HOP_LENGTH + FRAME_LENGTH; i++) sum += samples[i]! ** 2;
    return sum / FRAME_LENGTH;
  });
}
