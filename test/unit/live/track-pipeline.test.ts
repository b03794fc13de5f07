import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { resample } from '../../../src/audio/index.ts';
import type { QueuedClip } from '../../../src/live/prediction-queue.ts';
import { hearWith, type SpeechHearer } from '../../../src/live/speech-hearer.ts';
import { LIVE_SETTINGS } from '../../../src/live/settings.ts';
import type { TrackEvent } from '../../../src/live/track-events.ts';
import { EmotionPredictor, type RecordingPrediction } from '../../../src/predictor/index.ts';
import {
  opusPackets,
  play,
  segmentsOf,
  trackUnderTest,
  utterances,
  type SegmentEvent,
  type SentPacket,
  type TrackUnderTest,
} from '../../helpers/live.ts';
import { otherSounds } from '../../helpers/other-sounds.ts';
import { sine } from '../../helpers/signals.ts';

const RATE = 48_000;
/** From one frame of the model’s features to the next. */
const FRAME_MS = 16;

/** A clip of somebody else that is no speech. */
const clipOfNothing = (): QueuedClip => ({
  voice: {},
  teaches: false,
  clip: () => ({ heard: null, voice: null, isSegment: false }),
  done: () => undefined,
  failed: (cause) => {
    throw cause;
  },
});

const typesOf = (events: readonly TrackEvent[]): string[] => events.map(({ type }) => type);

describe('TrackPipeline', () => {
  const sound = utterances();
  const opus = opusPackets(sound);
  let predictor: EmotionPredictor;
  let hearer: SpeechHearer;
  let asFile: RecordingPrediction;

  beforeAll(async () => {
    predictor = await EmotionPredictor.load('default');
    hearer = hearWith(predictor);
    asFile = await predictor.predictRecording(resample(sound, RATE, predictor.sampleRateHz));
  });

  afterAll(() => predictor.close());

  async function heard(packets: readonly SentPacket[]): Promise<TrackEvent[]> {
    const under = trackUnderTest(hearer, { codec: 'opus' });
    await play(under, packets);
    expect(under.errors).toEqual([]);
    return under.events;
  }

  function expectSameSegments(found: readonly SegmentEvent[], withinMs = FRAME_MS): void {
    expect(found).toHaveLength(asFile.segments.length);
    found.forEach(({ startMs, endMs }, index) => {
      const { startMs: start, endMs: end } = asFile.segments[index]!;
      expect(Math.abs(startMs - start)).toBeLessThanOrEqual(withinMs);
      expect(Math.abs(endMs - end)).toBeLessThanOrEqual(withinMs);
    });
  }

  test('says when speech begins, how it sounds meanwhile, how all of it sounded, and when it ends', async () => {
    const types = typesOf(await heard(opus));
    expect(types.join(' ')).toMatch(/^(speechStart (emotion )+speechEnd ?){6}$/);
  });

  test('tracks take turns: their windows end at moments of their own, after half a second of speech at least', async () => {
    for (const turn of [0, 0.4, 0.8]) {
      const under = trackUnderTest(hearer, { codec: 'opus' }, { turn });
      await play(under, opus);
      const windows = under.events.filter((event) => event.type === 'emotion' && event.of === 'window');
      expect(windows.length).toBeGreaterThanOrEqual(6);
      for (const { startMs, endMs } of windows.filter((event) => event.type === 'emotion')) {
        expect(endMs - startMs).toBeGreaterThanOrEqual(500);
        // The pauses between syllables and packets of 20 ms allow no more than so much after the moment itself.
        expect((endMs / 1_000 - turn + 1) % 1).toBeLessThan(0.1);
      }
    }
  });

  test('learns the voice’s own normal from segment to segment', async () => {
    const shares = segmentsOf(await heard(opus)).map(({ normal }) => normal!.share);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares[0]!).toBeLessThan(shares[5]!);
    expect(segmentsOf(await heard(opus)).map(({ normal }) => normal!.labelWithout !== undefined)).toEqual([
      false, true, true, true, true, true,
    ]); // prettier-ignore
  });

  test('goes on with a voice that was known before', async () => {
    const first = trackUnderTest(hearer, { codec: 'opus' });
    await play(first, opus);
    const again = trackUnderTest(hearer, { codec: 'opus' }, { voice: first.track.voice });
    await play(again, opus);
    expect(segmentsOf(again.events)[0]!.normal!.share).toBeGreaterThan(segmentsOf(first.events)[5]!.normal!.share);
  });

  test('ends speech when packets stop, without more of them', async () => {
    const under = trackUnderTest(hearer, { codec: 'opus' });
    // Into the middle of the first utterance.
    for (const packet of opus.slice(0, 100)) under.track.write(packet);
    under.clock.nowMs = 2_400;
    under.track.tick();
    await under.queue.idle();
    expect(typesOf(under.events)).not.toContain('speechEnd');
    under.clock.nowMs = 2_900;
    under.track.tick();
    await under.queue.idle();
    expect(typesOf(under.events).at(-1)).toBe('speechEnd');
  });

  test.each([
    ['inside speech', 6, 1],
    // The packet's own 20 ms, and the next one, in which the decoder still finds its way back.
    ['where speech begins', 5, 4],
  ])('a damaged packet %s costs itself alone', async (_, first, frames) => {
    const broken = opus.map((packet, index) =>
      index % 10 === first ? { ...packet, payload: Uint8Array.of(0x7b, 0xff, 0x01) } : packet,
    );
    const under = trackUnderTest(hearer, { codec: 'opus' });
    await play(under, broken);
    expect(under.track.counts.damaged).toBe(opus.length / 10);
    expect(under.track.counts.decoded).toBe(opus.length - opus.length / 10);
    expectSameSegments(segmentsOf(under.events), frames * FRAME_MS);
  });

  /** Plays packets while so many clips of others wait to be heard. */
  async function heardLate(packets: readonly SentPacket[], waiting: number): Promise<TrackUnderTest> {
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const hear: SpeechHearer['hear'] = async (clips) => {
      await held;
      return hearer.hear(clips);
    };
    const under = trackUnderTest({ ...hearer, hear }, { codec: 'opus' });
    const { queue, track, clock } = under;
    // Sixteen are taken out at once, to wait for their answers.
    for (let i = 0; i < waiting + 16; i++) queue.add(clipOfNothing());
    await Promise.resolve();
    expect(queue.length).toBe(waiting);
    for (const packet of packets) {
      clock.nowMs = packet.arrivedAtMs;
      track.write(packet);
    }
    track.close();
    letGo();
    await queue.idle();
    return under;
  }

  test.each([
    ['windows', 1, /^(speechStart ){6}(emotion speechEnd ?){6}$/, 0],
    ['segments too', 1_024, /^(speechStart ){6}(speechEnd ?){6}$/, 6],
  ])(
    'where hearing lags behind, %s are left out, and when somebody spoke is still said',
    async (_, waiting, said, skippedSegments) => {
      const { track, events } = await heardLate(opus, waiting);
      expect(typesOf(events).join(' ')).toMatch(said);
      expect(track.counts).toMatchObject({ skippedSegments });
      expect(track.counts.skippedWindows).toBeGreaterThan(6);
    },
  );

  test('where hearing lags behind hopelessly, what is surely no speech is said to be none all the same', async () => {
    const melody = otherSounds(RATE).melody!;
    const sound = new Float32Array(melody.length + 2 * RATE);
    sound.set(melody, RATE);
    const { track, events } = await heardLate(opusPackets(sound), 1_024);
    expect(typesOf(events)).toContain('notSpeech');
    expect(typesOf(events)).not.toContain('emotion');
    expect(track.counts.skippedSegments).toBe(0);
  });

  test('packets that are all damaged give nothing, and no error leaves the track', async () => {
    for (const payload of [
      new Uint8Array(0),
      Uint8Array.of(0xff),
      Uint8Array.of(0x7b, 0xff, 0x01),
      new Uint8Array(9),
    ]) {
      const under = trackUnderTest(hearer, { codec: 'opus' });
      await play(under, opus.slice(0, 200).map((packet) => ({ ...packet, payload }))); // prettier-ignore
      expect(segmentsOf(under.events)).toEqual([]);
    }
  });

  test('a tone says notSpeech where emotions would be, and nothing is learnt of it; unless it is not asked', async () => {
    const sound = new Float32Array(5 * RATE);
    sound.set(sine(440, 3 * RATE, RATE, 0.2), RATE);
    const under = trackUnderTest(hearer, { codec: 'opus' });
    await play(under, opusPackets(sound));
    const types = typesOf(under.events);
    expect(new Set(types)).toEqual(new Set(['speechStart', 'notSpeech', 'speechEnd']));
    expect(types.join(' ').match(/notSpeech speechEnd/g)).toHaveLength(types.length / 3);
    expect(under.track.voice).toBeUndefined();
    const settings = { ...LIVE_SETTINGS, voiceCheck: false };
    const all = trackUnderTest(hearer, { codec: 'opus' }, { settings });
    await play(all, opusPackets(sound));
    expect(typesOf(all.events)).toContain('emotion');
    expect(typesOf(all.events)).not.toContain('notSpeech');
  });

  test('a clock that is set an hour forward or back costs nothing', async () => {
    const ticks = 48_000 * 3_600;
    for (const leap of [ticks, -ticks]) {
      const leaping = opus.map((packet, index) =>
        index < 300 ? packet : { ...packet, timestamp: (packet.timestamp + leap + 2 ** 32) % 2 ** 32 },
      );
      expectSameSegments(segmentsOf(await heard(leaping)));
    }
  });
});
