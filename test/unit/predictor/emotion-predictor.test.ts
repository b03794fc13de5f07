import { describe, expect, test } from '@jest/globals';
import {
  ClipFeatures,
  EmotionPredictor,
  FrameStatistics,
  hearingSchema,
  type EmotionPrediction,
  type ModelConfigInput,
} from '../../../src/predictor/index.ts';
import { encodeWav } from '../../helpers/audio-writers.ts';
import { temporaryFolder } from '../../helpers/command-line.ts';
import { loudnessNetwork, meanNetwork, PITCH_CONFIG, pitchNetwork, writeModel } from '../../helpers/models.ts';
import { buzz, sine, whiteNoise } from '../../helpers/signals.ts';

const RATE = 16_000;
const folder = temporaryFolder();
let models = 0;

/** A predictor whose model has some settings changed. */
function load(changes: object = {}, weights = pitchNetwork()): Promise<EmotionPredictor> {
  const config = { ...PITCH_CONFIG, ...changes, id: `model-${models++}` } as ModelConfigInput;
  return EmotionPredictor.load(writeModel(folder, config, weights));
}

const low = sine(200, RATE, RATE, 0.1);
const high = sine(4_000, RATE, RATE, 0.1);

function expectClose(one: EmotionPrediction, other: EmotionPrediction, digits = 5): void {
  expect(one.label).toBe(other.label);
  for (const [label, score] of Object.entries(one.scores)) expect(score).toBeCloseTo(other.scores[label]!, digits);
}

describe('a model on features', () => {
  test('hears what it was made for, and says how sure it is', async () => {
    const predictor = await load();
    const [first, second] = await predictor.predictBatch([low, high]);
    expect([first!.label, second!.label]).toEqual(['low', 'high']);
    for (const { label, confidence, scores } of [first!, second!]) {
      expect(confidence).toBe(scores[label]);
      expect(scores.low! + scores.high!).toBeCloseTo(1, 12);
      expect(confidence).toBeGreaterThan(0.7);
    }
    expect([predictor.labels, predictor.sampleRateHz]).toEqual([['low', 'high'], RATE]);
  });

  test('its scores are the softmax of its logits over the temperature', async () => {
    const { data, frames } = new ClipFeatures(hearingSchema.parse({})).hear(low);
    let logit = 0;
    data.forEach((value, i) => (logit += ((i % 64 < 32 ? 0.02 : -0.02) * value) / frames));
    for (const temperature of [1, 4]) {
      const predictor = await load({ calibration: { temperature, abstainBelow: 0.8 } });
      const { scores, confidence, uncertain } = await predictor.predictClip(low);
      expect(scores.low).toBeCloseTo(1 / (1 + Math.exp((-2 * logit) / temperature)), 5);
      expect(uncertain).toBe(confidence < 0.8);
      expect(uncertain).toBe(temperature === 4);
    }
  });

  test('a batch is its clips one by one, of whatever lengths', async () => {
    const predictor = await load();
    const clips = [low, high, low.subarray(0, 9_000), whiteNoise(3 * RATE, 2, 0.1), high, new Float32Array(RATE)];
    const batch = await predictor.predictBatch(clips);
    expect(batch).toHaveLength(clips.length);
    for (const [index, clip] of clips.entries()) expectClose(batch[index]!, await predictor.predictClip(clip));
    expect(await predictor.predictBatch([])).toEqual([]);
  });

  test('a clip longer than the longest window is heard in windows, whose log-probabilities are averaged', async () => {
    const long = new Float32Array(7 * RATE);
    long.set(sine(200, 3 * RATE, RATE, 0.1));
    long.set(sine(4_000, 4 * RATE, RATE, 0.1), 3 * RATE);
    const inWindows = await load({ windows: { maxMs: 2_000 } });
    const whole = await load({ windows: { maxMs: 60_000 } });
    // This network is linear: the mean over its windows is what it says of the whole.
    expectClose(await inWindows.predictClip(long), await whole.predictClip(long), 2);
  });

  test('a clip shorter than the shortest window is repeated, never filled with silence', async () => {
    const predictor = await load({ windows: { minMs: 800 } });
    const shortest = await load({ windows: { minMs: 1 } });
    const short = low.subarray(0, 4_000);
    // 16 frames become 50: three times all, and two of them once more.
    expectClose(await predictor.predictClip(short), await shortest.predictClip(short), 1);
    await expect(predictor.predictClip(new Float32Array(0))).resolves.toMatchObject({ label: expect.any(String) });
  });

  test('samples that are no numbers are refused', async () => {
    const predictor = await load();
    await expect(predictor.predictClip(Float32Array.of(0, NaN, 0))).rejects.toMatchObject({
      code: 'AUDIO_INVALID_SAMPLES',
    });
  });

  const weights = Array.from({ length: 64 }, (_, band) => (band < 32 ? [0.02, -0.02] : [-0.02, 0.02]));
  test.each([
    ['dims before time', 'dims-time', ['batch', 64, 'time'], 2],
    ['a channel first', 'time-dims', ['batch', 1, 'time', 64], 2],
    ['a channel first, dims before time', 'dims-time', ['batch', 1, 64, 'time'], 3],
    ['a channel last', 'time-dims', ['batch', 'time', 64, 1], 1],
    ['one clip at a time', 'time-dims', [1, 'time', 64], 1],
    ['three clips at a time', 'time-dims', [3, 'time', 64], 1],
  ])('a network for %s hears the same', async (_, layout, shape, timeAxis) => {
    const plain = await load();
    const other = await load(
      { input: { kind: 'features', layout } },
      meanNetwork(weights, [0, 0], { shape: shape, timeAxis }),
    );
    const clips = [low, high, whiteNoise(RATE, 4, 0.1), low.subarray(0, 9_000)];
    const expected = await plain.predictBatch(clips);
    (await other.predictBatch(clips)).forEach((prediction, index) => {
      expectClose(prediction, expected[index]!);
    });
  });

  test('a network for 50 frames is given 50 frames, of short clips and of long', async () => {
    const predictor = await load({}, meanNetwork(weights, [0, 0], { shape: ['batch', 50, 64] }));
    for (const seconds of [0.3, 0.8, 2.9]) {
      const { label } = await predictor.predictClip(high.subarray(0, seconds * RATE));
      expect(label).toBe('high');
    }
  });
});

describe('a model on waveforms', () => {
  const config = {
    labels: ['loud', 'quiet'],
    input: { kind: 'waveform' },
    output: 'probabilities',
  };

  test.each([
    ['[batch, samples]', ['batch', 'samples']],
    ['[batch, 1, samples]', ['batch', 1, 'samples']],
  ])('dropped into a folder is used like any other: %s', async (_, shape) => {
    const predictor = await load(config, loudnessNetwork(shape));
    const loud = await predictor.predictClip(sine(200, RATE, RATE, 0.5));
    // The mean of a sine's magnitude is 2 / pi of its amplitude; the network's logits are +-(40 x - 4).
    expect(loud.scores.loud).toBeCloseTo(1 / (1 + Math.exp(-2 * ((40 * 0.5 * 2) / Math.PI - 4))), 4);
    expect(loud.label).toBe('loud');
    expect((await predictor.predictClip(sine(200, RATE, RATE, 0.02))).label).toBe('quiet');
  });

  test('its clips are cut to their sound and brought to a level where its configuration says so', async () => {
    const clip = new Float32Array(3 * RATE);
    clip.set(sine(200, RATE, RATE, 0.5), RATE);
    const plain = await load(config, loudnessNetwork());
    const trimmed = await load({ ...config, input: { kind: 'waveform', trim: { padMs: 0 } } }, loudnessNetwork());
    const levelled = await load(
      { ...config, input: { kind: 'waveform', level: { targetDb: -40 } } },
      loudnessNetwork(),
    );
    expect(plain.hear(clip).frames).toBe(3 * RATE);
    expect(trimmed.hear(clip).frames).toBeLessThan(1.05 * RATE);
    expect((await trimmed.predictClip(clip)).label).toBe('loud');
    expect((await levelled.predictClip(clip)).label).toBe('quiet');
  });

  test('standardised samples have the same loudness, whatever it was', async () => {
    const predictor = await load({ ...config, input: { kind: 'waveform', standardise: true } }, loudnessNetwork());
    const scores = await predictor.predictBatch([0.5, 0.02].map((amplitude) => sine(200, RATE, RATE, amplitude)));
    expect(scores[0]!.scores.loud).toBeCloseTo(scores[1]!.scores.loud!, 3);
  });
});

describe('a model that adapts to voices', () => {
  // The mean of the bands of its speaker view alone: 0 for a voice that is heard against itself.
  const views = [{ clipMean: 0 }, { speaker: { shrinkFrames: 100 } }];
  const normalisation = { mean: new Array(64).fill(-8), deviation: new Array(64).fill(2), views };
  const config = { input: { kind: 'features', level: null, normalisation } };
  const network = meanNetwork(
    Array.from({ length: 128 }, (_, column) => (column < 64 ? [0, 0] : [-0.05, 0.05])),
    [0, 0],
  );

  test('hears a clip against the voice’s own normal, and without it against the clip’s', async () => {
    const predictor = await load(config, network);
    const clip = buzz(1, RATE, { amplitude: 0.4 });
    const heard = predictor.hear(clip);
    const own = new FrameStatistics(64).add(heard);
    const usual = new FrameStatistics(64).merge(own, 1e6);
    const alone = await predictor.predictClip(clip);
    expectClose(await predictor.predictClip(clip, { speaker: own }), alone);
    const against = await predictor.predictClip(clip, { speaker: usual });
    expect(against.scores.high).toBeCloseTo(0.5, 3);
    expect(Math.abs(alone.scores.high! - 0.5)).toBeGreaterThan(0.05);
    const [again] = await predictor.predictHeard([heard], { speaker: usual });
    expectClose(again!, against);
  });

  test('in a recording the normal is that of all its speech, unless it shall not adapt', async () => {
    const predictor = await load(config, network);
    const quiet = buzz(2, RATE, { amplitude: 0.03 });
    const loud = buzz(2, RATE, { amplitude: 0.6 });
    const recording = new Float32Array(9 * RATE);
    recording.set(quiet, RATE);
    recording.set(loud, 5 * RATE);
    const adapted = await predictor.predictRecording(recording);
    const alone = await predictor.predictRecording(recording, { adapt: false });
    expect(adapted.segments).toHaveLength(2);
    const spread = ({ segments }: typeof adapted): number => segments[1]!.scores.high! - segments[0]!.scores.high!;
    expect(spread(adapted)).toBeGreaterThan(0);
    expect(spread(adapted)).not.toBeCloseTo(spread(alone), 2);
    const voice = predictor.unknownSpeaker();
    for (const { startMs, endMs } of adapted.segments) {
      voice.add(predictor.hear(recording.subarray((startMs * RATE) / 1_000, (endMs * RATE) / 1_000)));
    }
    const first = recording.subarray(
      (adapted.segments[0]!.startMs * RATE) / 1_000,
      (adapted.segments[0]!.endMs * RATE) / 1_000,
    );
    expectClose(await predictor.predictClip(first, { speaker: voice }), adapted.segments[0]!);
    expectClose(await predictor.predictClip(first), alone.segments[0]!);
  });
});

describe('a recording', () => {
  const recording = new Float32Array(14 * RATE);
  recording.set(sine(200, 3 * RATE, RATE, 0.1), RATE);
  recording.set(sine(4_000, 6 * RATE, RATE, 0.1), 7 * RATE);

  test('is heard segment by segment; overall is their mean by duration', async () => {
    const predictor = await load();
    const { durationMs, segments, overall } = await predictor.predictRecording(recording, { voiceCheck: false });
    expect(durationMs).toBe(14_000);
    expect(segments[0]).toMatchObject({ label: 'low' });
    expect(segments.slice(1).every(({ label }) => label === 'high')).toBe(true);
    const total = segments.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
    const mean = segments.reduce(
      (sum, { startMs, endMs, scores }) => sum + (scores.high! * (endMs - startMs)) / total,
      0,
    );
    expect(overall!.scores.high).toBeCloseTo(mean, 10);
    expect(overall!.label).toBe('high');
  });

  test('gives the same in chunks, and shows all its samples to who wants them', async () => {
    const predictor = await load();
    const chunks = Array.from({ length: 140 }, (_, i) => recording.subarray((i * RATE) / 10, ((i + 1) * RATE) / 10));
    let seen = 0;
    const onSamples = (samples: Float32Array): void => {
      seen += samples.length;
    };
    expect(await predictor.predictRecording(chunks, { onSamples, voiceCheck: false })).toEqual(
      await predictor.predictRecording(recording, { voiceCheck: false }),
    );
    expect(seen).toBe(recording.length);
  });

  test('that is a short clip is heard as training heard it: whole', async () => {
    const predictor = await load();
    const clip = new Float32Array(5 * RATE);
    clip.set(buzz(3, RATE), RATE);
    const { segments, overall } = await predictor.predictRecording(clip);
    expect(segments).toHaveLength(1);
    expectClose(overall!, await predictor.predictClip(clip), 12);
    expect(segments[0]!.startMs).toBeGreaterThan(800);
    expect(segments[0]!.endMs).toBeLessThan(4_200);
  });

  test('without a voice has no emotion', async () => {
    const predictor = await load();
    for (const silence of [new Float32Array(2 * RATE), whiteNoise(10 * RATE, 1, 1e-3), new Float32Array(0)]) {
      expect(await predictor.predictRecording(silence)).toMatchObject({ overall: null, segments: [] });
    }
  });

  test('leaves out what is sound but no speech, whole or in part, unless it shall not', async () => {
    const predictor = await load();
    const { segments, notSpeech, overall } = await predictor.predictRecording(recording);
    expect({ segments, overall }).toEqual({ segments: [], overall: null });
    const leftOutMs = notSpeech.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
    expect(leftOutMs).toBeGreaterThan(9_000);
    const beep = await predictor.predictRecording(sine(1_000, RATE, RATE, 0.1));
    expect(beep).toMatchObject({ segments: [], notSpeech: [{ startMs: 0, endMs: 1_000 }] });
    const mixed = recording.slice();
    mixed.set(buzz(3, RATE), RATE);
    const heard = await predictor.predictRecording(mixed);
    expect(heard.segments).toHaveLength(1);
    expect(heard.notSpeech.every(({ startMs }) => startMs > 6_500)).toBe(true);
    // Nothing was learnt of the tones: the voice is heard as if it were alone.
    const alone = await predictor.predictRecording(mixed.subarray(0, 7 * RATE));
    expectClose(heard.segments[0]!, alone.segments[0]!);
    expect((await predictor.predictRecording(recording, { voiceCheck: false })).notSpeech).toEqual([]);
  });

  test('as a file: decoded, resampled, heard; with the name of the model and the file’s warnings', async () => {
    const predictor = await load();
    const bytes = encodeWav([buzz(2, 48_000)], 48_000);
    const prediction = await predictor.predictFile(bytes.subarray(0, bytes.length - 1_001));
    expect(prediction.model).toBe(predictor.model.id);
    expect(prediction.durationMs).toBeCloseTo(1_989.6, 0);
    expect(prediction.warnings.map(({ code }) => code)).toEqual(['truncated']);
    expect(prediction.overall).toMatchObject({ confidence: expect.any(Number) });
    await expect(predictor.predictFile('missing.wav')).rejects.toMatchObject({ code: 'AUDIO_NOT_FOUND' });
  });
});
