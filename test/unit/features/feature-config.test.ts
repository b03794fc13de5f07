import { describe, expect, test } from '@jest/globals';
import { UndertoneError } from '../../../src/errors.ts';
import { FeatureExtractor, parseFeatureConfig } from '../../../src/features/index.ts';

const base = { sampleRateHz: 16_000, features: [{ name: 'mfcc' as const }] };

function messageOf(config: unknown): string {
  try {
    parseFeatureConfig(config);
  } catch (error) {
    expect(error).toBeInstanceOf(UndertoneError);
    expect((error as UndertoneError).code).toBe('FEATURE_CONFIG_INVALID');
    return (error as UndertoneError).message;
  }
  throw new Error('accepted');
}

describe('a feature configuration', () => {
  test('has librosa’s defaults', () => {
    expect(parseFeatureConfig(base)).toMatchObject({
      nFft: 2_048,
      hopLength: 512,
      winLength: 2_048,
      window: 'hann',
      center: true,
      padMode: 'constant',
      features: [
        { name: 'mfcc', nMfcc: 20, nMels: 128, fmin: 0, fmax: null, decibels: { ref: 1, amin: 1e-10, topDb: 80 } },
      ],
    });
  });

  test('the profile of librosa 0.8 pads by reflection, unless a padding is named', () => {
    expect(parseFeatureConfig({ ...base, profile: 'librosa-0.8' }).padMode).toBe('reflect');
    expect(parseFeatureConfig({ ...base, profile: 'librosa-0.8', padMode: 'edge' }).padMode).toBe('edge');
  });

  test('survives being written to JSON and read again', () => {
    const config = parseFeatureConfig(base);
    expect(parseFeatureConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  test.each([
    [{ ...base, hopLenght: 256 }, /"hopLenght" is not a setting \(did you mean "hopLength"\?\)\. /],
    [{ ...base, features: [{ name: 'mfcc', nMel: 3 }] }, /"nMel" is not a setting \(did you mean "nMels"/],
    [{ ...base, features: [{ name: 'mfcc', decibels: { topdb: 3 } }] }, /"decibels.topdb".*did you mean "topDb"/],
    [{ ...base, features: [{ name: 'mffc' }] }, /features\.0\.name.*did you mean "mfcc"/],
    [{ ...base, features: [] }, /features/],
    [{ ...base, hopLength: 0 }, /hopLength/],
    [{ ...base, hopLength: 1.5 }, /hopLength/],
    [{ ...base, winLength: 4_096 }, /winLength.*more than nFft/],
    [{ ...base, features: [{ name: 'mfcc', nMfcc: 41, nMels: 40 }] }, /nMfcc 41 is more than nMels 40/],
    [{ ...base, features: [{ name: 'mfcc', fmax: 9_000 }] }, /above half the sample rate/],
    [{ ...base, features: [{ name: 'mfcc', fmin: 500, fmax: 400 }] }, /empty/],
    [{ ...base, features: [{ name: 'rms', deltas: 1, deltaWidth: 4 }] }, /must be odd/],
    [{ ...base, sampleRateHz: Number.NaN }, /sampleRateHz/],
    [{ ...base, nFft: 2 ** 26 }, /nFft.*131072/],
    [{ ...base, features: [{ name: 'rms', frameLength: 2 ** 33 }] }, /frameLength/],
    [{ ...base, features: [{ name: 'mfcc', nMels: 1e9 }] }, /nMels.*1024/],
    [{ ...base, features: [{ name: 'mfcc', decibels: { amin: 1e-42 } }] }, /amin/],
    [{ ...base, features: [{ name: 'mfcc', dctType: 4 }] }, /dctType.*1.*or.*2.*or.*3/],
    [{ ...base, features: [{ name: 'chroma_stft', norm: Infinity }] }, /norm.*"max", or /],
    [{ ...base, features: [{ name: 'spectrogram', power: 1e308 }] }, /power/],
    [{ ...base, features: Array(65).fill({ name: 'rms' }) }, /features/],
    [{ ...base, ['k'.repeat(100_000)]: 1 }, /^.{1,300}$/],
    [{ ...base, zzzzz: 1 }, /"zzzzz" is not a setting\. /],
    [{ ...base, sampleRateHz: 1e300 }, /sampleRateHz/],
    [null, /feature configuration/],
    ['mfcc', /feature configuration/],
  ])('is refused with a reason: %j', (config, reason) => {
    expect(messageOf(config)).toMatch(reason);
  });

  test('text that is no JSON is said to be so', () => {
    expect(() => FeatureExtractor.fromConfig('{')).toThrow(/not valid JSON/);
  });
});

describe('an extractor', () => {
  test('says which columns are what', () => {
    const { columns, dims } = FeatureExtractor.fromConfig({
      sampleRateHz: 8_000,
      features: [{ name: 'mfcc', nMfcc: 13, deltas: 2 }, { name: 'rms' }],
    });
    expect(dims).toBe(40);
    expect(columns).toEqual([
      { name: 'mfcc', derivative: 0, start: 0, length: 13 },
      { name: 'mfcc', derivative: 1, start: 13, length: 13 },
      { name: 'mfcc', derivative: 2, start: 26, length: 13 },
      { name: 'rms', derivative: 0, start: 39, length: 1 },
    ]);
  });

  test.each([
    [{ name: 'mfcc' as const }, /topDb: .*For streams, set decibels.topDb to null/],
    [{ name: 'chroma_stft' as const }, /tuning: .*set tuning to a number/],
  ])('refuses to stream what needs the whole recording: %j', (feature, reason) => {
    const extractor = FeatureExtractor.fromConfig({ sampleRateHz: 16_000, features: [feature] });
    expect(extractor.streamable).toBe(false);
    expect(() => extractor.createStream()).toThrow(reason);
  });

  test('refuses samples that are no numbers and says which', () => {
    const extractor = FeatureExtractor.fromConfig(base);
    const samples = new Float32Array(1_000);
    samples[123] = Number.NaN;
    expect(() => extractor.extract(samples)).toThrow(/sample 123: is not a finite number/);
    samples[123] = 0;
    samples[999] = Infinity;
    expect(() => extractor.extract(samples)).toThrow(/sample 999/);
  });
});
