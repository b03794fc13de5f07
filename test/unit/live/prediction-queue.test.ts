import { describe, expect, test } from '@jest/globals';
import { PredictionQueue } from '../../../src/live/prediction-queue.ts';
import type { HeardSpeech, SpeechClip, SpeechHearer } from '../../../src/live/speech-hearer.ts';

/** Says how many frames each clip has, and in which company it was heard; refuses those without any. */
function countingHearer(): { hearer: SpeechHearer; batches: number[][]; haste: boolean[] } {
  const batches: number[][] = [];
  const haste: boolean[] = [];
  const hear = async (clips: readonly SpeechClip[], inHaste = false): Promise<HeardSpeech[]> => {
    haste.push(inHaste);
    await Promise.resolve();
    const lengths = clips.map(({ heard }) => heard!.frames);
    batches.push(lengths);
    if (lengths.includes(0)) throw new Error('nothing to hear');
    return lengths.map((length) => ({
      prediction: { label: String(length), confidence: 1, scores: {}, uncertain: false },
      normalShare: null,
      labelWithout: null,
      voice: null,
    }));
  };
  const facts = { model: 'counting', labels: ['any'], sampleRateHz: 16_000, maxMs: 6_000, abstainBelow: 0 };
  const listen = (): never => {
    throw new Error('nothing to listen to');
  };
  return { hearer: { ...facts, listen, hear, close: () => Promise.resolve() }, batches, haste };
}

describe('PredictionQueue', () => {
  /** Has clips of these lengths heard, each of its own voice unless one is given. */
  function queueOf(
    lengths: readonly number[],
    voices: readonly object[] = lengths.map(() => ({})),
    doesTeach: (length: number) => boolean = () => false,
  ) {
    const { hearer, batches, haste } = countingHearer();
    const clock = { nowMs: 0 };
    const queue = new PredictionQueue(hearer, () => clock.nowMs);
    const heard: string[] = [];
    const failed: number[] = [];
    lengths.forEach((length, index) => {
      const teaches = doesTeach(length);
      queue.add({
        voice: voices[index]!,
        teaches,
        clip: () => ({
          heard: { data: new Float32Array(length), frames: length, dims: 1 },
          voice: null,
          isSegment: teaches,
        }),
        done: (answer) => heard.push(answer!.prediction.label),
        failed: () => failed.push(length),
      });
    });
    return { queue, clock, batches, haste, heard, failed };
  }

  test('hears what comes at once together, sixteen at most, in its order', async () => {
    const lengths = Array.from({ length: 20 }, (_, i) => i + 1);
    const { queue, batches, heard } = queueOf(lengths);
    expect(queue.length).toBe(20);
    await queue.idle();
    expect(batches.map(({ length }) => length)).toEqual([16, 4]);
    expect(heard).toEqual(lengths.map(String));
    expect(queue.length).toBe(0);
  });

  test('waits for eight, or until the first has waited for long', async () => {
    const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const { queue, clock, batches } = queueOf([1, 2, 3, 4, 5, 6, 7]);
    clock.nowMs = 39;
    queue.hearDue();
    await settled();
    expect(batches).toEqual([]);
    clock.nowMs = 40;
    queue.hearDue();
    await settled();
    expect(batches).toEqual([[1, 2, 3, 4, 5, 6, 7]]);
    const eight = queueOf([1, 2, 3, 4, 5, 6, 7, 8]);
    await settled();
    expect(eight.batches).toEqual([[1, 2, 3, 4, 5, 6, 7, 8]]);
  });

  test('is in haste where many are left', async () => {
    const { queue, haste } = queueOf(Array.from({ length: 40 }, (_, i) => i + 1));
    await queue.idle();
    expect(haste).toEqual([true, true, false]);
  });

  test('what follows on a clip that teaches waits for what is learned from it', async () => {
    const [anne, bert] = [{}, {}];
    const { queue, batches } = queueOf([1, 2, 3, 4], [anne, anne, bert, anne], () => true);
    await queue.idle();
    expect(batches).toEqual([[1, 3], [2], [4]]);
  });

  test('what teaches comes after all else, and first where something waits on it', async () => {
    const [anne, bert, cora] = [{}, {}, {}];
    const { queue, batches } = queueOf([10, 11, 1, 2], [anne, bert, cora, bert], (length) => length >= 10);
    await queue.idle();
    expect(batches).toEqual([[1, 11, 10], [2]]);
  });

  test('a clip that cannot be heard costs itself alone', async () => {
    const { queue, heard, failed } = queueOf([1, 0, 3]);
    await queue.idle();
    expect(heard).toEqual(['1', '3']);
    expect(failed).toEqual([0]);
  });
});
