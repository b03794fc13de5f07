// The same recording, as a file and as packets of several kinds: a live track hears what `predict` hears.
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeAudio, decodeMulaw, resample } from '../../../src/audio/index.ts';
import { hearWith, type SpeechHearer } from '../../../src/live/speech-hearer.ts';
import { EmotionPredictor, type RecordingPrediction } from '../../../src/predictor/index.ts';
import {
  lossy,
  mulawPackets,
  opusPackets,
  play,
  segmentsOf,
  shuffled,
  trackUnderTest,
  utterances,
  type SegmentEvent,
  type SentPacket,
} from '../../helpers/live.ts';
import { oggOpusPages } from '../../helpers/ogg.ts';

const RATE = 48_000;
/** From one frame of the model's features to the next, and how much later the first of mixed up packets may come. */
const FRAME_MS = 16.1;
/** A minute of sound is heard several times over: on a busy machine that takes longer than other tests may. */
const TIMEOUT_MS = 120_000;
const LOSS_SEEDS = [1, 2, 3, 4];
const ACTOR = join(import.meta.dirname, '../../../../shared/corpora/RAVDESS/Actor_01');

/** Every third clip of an actor, half a second apart. */
async function conversation(): Promise<Float32Array> {
  const files = globSync('*.opus', { cwd: ACTOR }).sort().filter((_, index) => index % 3 === 0); // prettier-ignore
  const pause = new Float32Array(RATE / 2);
  const parts = await Promise.all(files.map((file) => decodeAudio(join(ACTOR, file), { sampleRateHz: RATE })));
  return Float32Array.from(parts.flatMap(({ samples }) => [...samples, ...pause]));
}

const recordings: [name: string, sound: () => Promise<Float32Array>][] = [
  ['a synthetic voice', () => Promise.resolve(utterances())],
];
if (existsSync(ACTOR)) recordings.push(['an actor', conversation]);
else test.skip('hears an actor: no corpora lie in ../shared/corpora', () => undefined);

describe.each(recordings)('%s', (_, soundOf) => {
  let predictor: EmotionPredictor;
  let hearer: SpeechHearer;
  let sound: Float32Array;
  let opus: SentPacket[];
  let inOrder: SegmentEvent[];

  beforeAll(async () => {
    predictor = await EmotionPredictor.load('default');
    hearer = hearWith(predictor);
    sound = await soundOf();
    opus = opusPackets(sound);
    inOrder = await segmentsIn(opus);
  }, TIMEOUT_MS);

  afterAll(() => predictor.close());

  async function segmentsIn(packets: readonly SentPacket[], codec: 'opus' | 'mulaw' = 'opus'): Promise<SegmentEvent[]> {
    const under = trackUnderTest(hearer, { codec });
    await play(under, packets);
    expect(under.errors).toEqual([]);
    return segmentsOf(under.events);
  }

  /** What `predict` hears in a file of the same packets. */
  async function asFile(packets: readonly SentPacket[], codec: 'opus' | 'mulaw'): Promise<RecordingPrediction> {
    const payloads = packets.map(({ payload }) => payload);
    if (codec === 'opus') return predictor.predictFile(Buffer.concat([...oggOpusPages(payloads, RATE)]));
    return predictor.predictRecording(resample(decodeMulaw(Buffer.concat(payloads)), 8_000, predictor.sampleRateHz));
  }

  function expectSameSegments(found: readonly SegmentEvent[], { segments }: RecordingPrediction): void {
    expect(segments.length).toBeGreaterThan(5);
    expect(found).toHaveLength(segments.length);
    found.forEach(({ startMs, endMs }, index) => {
      const { startMs: start, endMs: end } = segments[index]!;
      expect(Math.abs(startMs - start)).toBeLessThanOrEqual(FRAME_MS);
      expect(Math.abs(endMs - end)).toBeLessThanOrEqual(FRAME_MS);
    });
  }

  test('as Opus packets and as mu-law: the segments of the file, to within a frame', async () => {
    expectSameSegments(inOrder, await asFile(opus, 'opus'));
    const mulaw = mulawPackets(sound);
    expectSameSegments(await segmentsIn(mulaw, 'mulaw'), await asFile(mulaw, 'mulaw'));
  });

  test('as packets that are mixed up within 100 ms: the segments, and the scores of those in order', async () => {
    const mixed = await segmentsIn(shuffled(opus, 100));
    expectSameSegments(mixed, await asFile(opus, 'opus'));
    mixed.forEach(({ scores }, index) => {
      for (const [label, score] of Object.entries(scores)) {
        expect(Math.abs(score - inOrder[index]!.scores[label]!)).toBeLessThan(1e-3);
      }
    });
  });

  const labelAt = (segments: readonly SegmentEvent[], ms: number): string | undefined => {
    const segment = segments.find(({ startMs, endMs }) => startMs <= ms && ms < endMs);
    return segment?.uncertain ? 'uncertain' : segment?.label;
  };

  /** Loses some packets; returns for which share of the time the labels are those of all packets. */
  async function agreementWithLoss(share: number, seed: number): Promise<number> {
    const few = lossy(opus, share, seed);
    const under = trackUnderTest(hearer, { codec: 'opus' });
    await play(under, few);
    const gaps = under.events.filter((event) => event.type === 'gap');
    const lostMs = gaps.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
    expect(lostMs).toBeCloseTo(20 * (opus.length - few.length), 3);
    const heard = segmentsOf(under.events);
    const times = opus.map((__, index) => 20 * index + 10);
    return times.filter((ms) => labelAt(heard, ms) === labelAt(inOrder, ms)).length / times.length;
  }

  test(
    'with 5 % of the packets lost: the same labels for 95 % of the time, and every gap is said',
    async () => {
      // One segment whose label is a close call weighs several per cent: the mean over losses is what is promised.
      const agreements: number[] = [];
      for (const seed of LOSS_SEEDS) agreements.push(await agreementWithLoss(0.05, seed));
      expect(agreements.reduce((sum, one) => sum + one, 0) / agreements.length).toBeGreaterThan(0.95);
    },
    TIMEOUT_MS,
  );
});
