import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { UndertoneError, type ErrorCode } from '../../../src/errors.ts';
import { EmotionPredictor, modelIds, parseModelConfig, readModel } from '../../../src/predictor/index.ts';
import { temporaryFolder } from '../../helpers/command-line.ts';
import { meanNetwork, PITCH_CONFIG, pitchNetwork, sha256, writeModel } from '../../helpers/models.ts';

const folder = temporaryFolder();
let models = 0;
/** A model of its own, with some settings changed. */
const model = (changes: object = {}, weights = pitchNetwork()): string =>
  writeModel(folder, { ...PITCH_CONFIG, ...changes, id: `model-${models++}` }, weights);

/** Loads a model that must not load: what is said of it. */
async function failure(idOrPath: string, code: ErrorCode): Promise<string> {
  const error = await EmotionPredictor.load(idOrPath).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(UndertoneError);
  expect((error as UndertoneError).code).toBe(code);
  return (error as UndertoneError).message;
}

describe('a model', () => {
  test('is found by its path and named by its folder', async () => {
    const { id, config } = await readModel(model());
    expect(id).toMatch(/^model-\d+$/);
    expect(config.labels).toEqual(['low', 'high']);
  });

  test('is listed where it lies, and only where a config.json is', async () => {
    const store = temporaryFolder();
    writeModel(store, { ...PITCH_CONFIG, id: 'second' }, pitchNetwork());
    writeModel(store, { ...PITCH_CONFIG, id: 'first' }, pitchNetwork());
    mkdirSync(join(store, 'empty'));
    writeFileSync(join(store, 'README.md'), '');
    expect(await modelIds(store)).toEqual(['first', 'second']);
    expect(await modelIds(join(store, 'missing'))).toEqual([]);
  });

  test('that is not there is said, with where models are and how to get one', async () => {
    expect(await failure('no-such-model', 'MODEL_NOT_FOUND')).toMatch(/no-such-model: is no model in .*models.*\. /);
    expect(await failure(join(folder, 'missing'), 'MODEL_NOT_FOUND')).toContain('is no folder');
  });

  test.each(['config.json', 'model.onnx'])('without its %s is said to be incomplete', async (file) => {
    const path = model();
    rmSync(join(path, file));
    expect(await failure(path, 'MODEL_INVALID')).toContain(`${join(path, file)}: is missing. `);
  });

  test('with a config.json that is no JSON names the file', async () => {
    const path = model();
    writeFileSync(join(path, 'config.json'), '{"format": 1,');
    expect(await failure(path, 'MODEL_INVALID')).toMatch(/config\.json: is no valid JSON/);
  });

  test('whose weights are cut off, or no ONNX at all, names the file', async () => {
    expect(await failure(model({}, pitchNetwork().slice(0, 200)), 'MODEL_INVALID')).toMatch(/model\.onnx: cannot be/);
    expect(await failure(model({}, new Uint8Array(0)), 'MODEL_INVALID')).toMatch(/model\.onnx: cannot be loaded/);
  });

  test('whose weights are not those of its digest is refused', async () => {
    const digest = sha256(pitchNetwork());
    await (await EmotionPredictor.load(model({ sha256: digest }))).close();
    const other = meanNetwork(
      Array.from({ length: 64 }, () => [0, 1]),
      [0, 0],
    );
    expect(await failure(model({ sha256: digest }, other), 'MODEL_INVALID')).toMatch(
      /model\.onnx: is damaged or of another model: its SHA-256 is [\da-f]{64}, config\.json says/,
    );
  });

  test('whose axes are the other way round is not heard wrongly, but refused', async () => {
    const weights = Array.from({ length: 64 }, () => [0, 1]);
    const shape = ['batch', 64, 'time'];
    expect(await failure(model({}, meanNetwork(weights, [0, 0], { shape })), 'MODEL_INVALID')).toContain('"layout"');
  });

  test.each([
    ['labels', { labels: ['a', 'b', 'c'] }, /gives 2 values, but config\.json has 3 labels/],
    [
      'bands',
      {
        input: {
          kind: 'features',
          features: { sampleRateHz: 16_000, features: [{ name: 'melspectrogram', nMels: 40 }] },
        },
      },
      /takes 64 values a time step, but config\.json describes 40/,
    ],
    [
      'input',
      { input: { kind: 'waveform' } },
      /model\.onnx: takes an input of 3 axes \(batch, time, 64\), not one of \(batch, time\)/,
    ],
    [
      'statistics',
      { input: { kind: 'features', normalisation: { mean: [0], deviation: [1], views: [{ clipMean: 0 }] } } },
      /config\.json: "input\.normalisation" has 1 means, but "input\.features" gives 64 values a frame/,
    ],
  ])('whose %s do not fit its weights is refused', async (_, changes, message) => {
    const path = model(changes);
    const error = await EmotionPredictor.load(path)
      .then((predictor) => predictor.predictClip(new Float32Array(16_000)))
      .then(
        () => undefined,
        (cause: unknown) => cause,
      );
    expect(error).toMatchObject({ code: 'MODEL_INVALID' });
    expect((error as Error).message).toMatch(message);
  });
});

describe('config.json', () => {
  const message = (changes: object): string => {
    try {
      parseModelConfig({ ...PITCH_CONFIG, ...changes }, 'config.json');
    } catch (error) {
      return (error as Error).message;
    }
    return 'nothing is wrong';
  };

  test('has a default for everything but format, id, name, labels and the kind of input', () => {
    const { format, id, name, labels } = PITCH_CONFIG;
    const config = parseModelConfig({ format, id, name, labels, input: { kind: 'features' } }, 'config.json');
    expect(config).toMatchObject({
      weights: 'model.onnx',
      input: {
        sampleRateHz: 16_000,
        trim: { padMs: 64 },
        level: { targetDb: -23 },
        logFloor: 1e-6,
        normalisation: null,
      },
      output: 'logits',
      windows: { minMs: 400, maxMs: 6_000 },
      calibration: { temperature: 1, abstainBelow: 0 },
    });
    // What is written out is read back as the same.
    expect(parseModelConfig(JSON.parse(JSON.stringify(config)), 'config.json')).toEqual(config);
  });

  test.each([
    [{ lables: [] }, /"lables" is not a setting \(did you mean "labels"\?\)/],
    [{ input: { kind: 'features', normalization: null } }, /"input\.normalization" .*did you mean "normalisation"/],
    [{ input: { kind: 'waveforms' } }, /input/],
    [{ input: { kind: 'waveform', level: { keep: 1 } } }, /"input\.level\.keep" is not a setting/],
    [{ input: { kind: 'features', level: { keep: 1 }, logFloor: null } }, /"input\.level\.keep": must be 0/],
    [{ calibration: { temprature: 2 } }, /"calibration\.temprature" .*did you mean "temperature"/],
    [{ calibration: { temperature: 0 } }, /"calibration\.temperature"/],
    [{ labels: ['a', 'a'] }, /"labels": names a label twice/],
    [{ labels: ['a'] }, /"labels"/],
    [{ weights: '../other/model.onnx' }, /"weights"/],
    [{ windows: { minMs: 3_000, maxMs: 2_000 } }, /"windows": minMs is more than maxMs/],
    [
      { input: { kind: 'features', features: { sampleRateHz: 16_000, features: [{ name: 'mffc' }] } } },
      /"input\.features": .*did you mean "mfcc"/,
    ],
    [
      { input: { kind: 'features', sampleRateHz: 8_000 } },
      /"input\.features\.sampleRateHz" is 16000, "input\.sampleRateHz" 8000/,
    ],
  ])('%j is an error that names the setting', (changes, expected) => {
    expect(message(changes)).toMatch(expected);
    expect(message(changes)).toMatch(/^config\.json: .*models\/README\.md/);
  });
});
