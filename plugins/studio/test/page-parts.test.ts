// The parts of the page that need no browser.
import { describe, expect, test } from '@jest/globals';
import { sine, whiteNoise } from '../../../test/helpers/signals.ts';
import { HeldSound } from '../page/live/held-sound.ts';
import { BANDS, MelSpectrogram } from '../page/live/mel-spectrogram.ts';
import { Voice } from '../page/live/voice.ts';
import { csvOf } from '../page/sessions/csv.ts';
import { durationOf, speakerRows, type SessionRecord } from '../page/sessions/session-record.ts';
import { clock, length } from '../page/words.ts';

const RATE = 16_000;
const asInt16 = (sound: Float32Array): Int16Array => Int16Array.from(sound, (sample) => Math.round(32_767 * sample));

describe('sound that the page holds', () => {
  test('comes back as it went in, over the edges of its blocks', () => {
    const sound = asInt16(whiteNoise(25 * RATE));
    const held = new HeldSound(RATE);
    for (let at = 0; at < sound.length; at += 333) held.push(sound.subarray(at, at + 333));
    expect(held.endMs).toBe(25_000);
    const part = held.slice(9_900, 20_100)!;
    expect(part).toEqual(Float32Array.from(sound.subarray(9.9 * RATE, 20.1 * RATE), (sample) => sample / 32_768));
  });

  test('is the last ten minutes: what is older is gone, whole', () => {
    const held = new HeldSound(1000);
    const second = new Int16Array(1000).fill(7);
    for (let s = 0; s < 605; s++) held.push(second);
    expect(held.startMs).toBe(10_000);
    expect(held.slice(9_000, 12_000)).toBeNull();
    expect(held.slice(10_000, 605_000)).toHaveLength(595_000);
    expect(held.slice(606_000, 607_000)).toBeNull();
  });
});

describe('the mel spectrogram', () => {
  test.each([16_000, 48_000])('has a sine where it is, and nothing elsewhere (%i Hz)', (rateHz) => {
    const spectrogram = new MelSpectrogram(rateHz);
    spectrogram.push(asInt16(sine(1000, rateHz, rateHz, 0.05)));
    expect(spectrogram.columns).toBe(50);
    const column = Array.from(spectrogram.levels.subarray(30 * BANDS, 31 * BANDS));
    const loudest = column.indexOf(Math.max(...column));
    // Bands are even in mel up to 7,600 Hz: 1,000 Hz are 1,000 of 2,787 mel.
    expect(Math.abs(loudest - (1000 / 2787) * (BANDS + 1) + 1)).toBeLessThanOrEqual(1);
    // 26 dB below full scale, of a floor of 85 and a range of 65; a band spreads what lies in one bin.
    expect(Math.abs(column[loudest]! - (255 * (85 - 26)) / 65)).toBeLessThan(25);
    expect(column[5]! + column[60]!).toBe(0);
  });

  test('grows for as long as there is sound', () => {
    const spectrogram = new MelSpectrogram(RATE);
    const packet = asInt16(whiteNoise(320));
    for (let i = 0; i < 7000; i++) spectrogram.push(packet);
    expect(spectrogram.columns).toBe(7000);
    expect(spectrogram.levels[6999 * BANDS + 20]).toBeGreaterThan(100);
  });
});

const record: SessionRecord = {
  session: {
    ...{ id: 's', platform: 'phone', space: 'line', title: null, model: 'm', startedAtMs: 0, endedAtMs: null },
    ...{ state: 'open', summary: null },
  },
  tracks: [
    { id: 't1', speaker: 'a', name: '=SUM(A1)', role: 'participant' },
    { id: 't2', speaker: 'b', name: 'Bo "the", boss', role: 'customer' },
    { id: 't3', speaker: 'a', name: '=SUM(A1)', role: 'participant' },
  ],
  segments: [
    ...(['t3', 't2', 't1'] as const).map((trackId, index) => ({
      ...{ trackId, startMs: 1000 * (3 - index), endMs: 1000 * (3 - index) + 500.4, label: 'sad' },
      ...{ confidence: 0.5, uncertain: false, scores: { sad: 0.5, calm: 0.25 } },
    })),
  ],
  gaps: [],
  alerts: [],
};

test('of what turns out to be no speech, nothing stays on the page', () => {
  const voice = new Voice('a', 'Anna', 16_000);
  const base = { sessionId: 's', sequence: 1, arrivedAtMs: 0, trackId: 's/0', speaker: 'a' };
  const heard = { label: 'happy', confidence: 0.5, scores: { happy: 0.5, sad: 0.5 }, uncertain: false };
  voice.take({ ...base, type: 'speechStart', mediaMs: 700, startMs: 500 });
  const stretch = { ...base, mediaMs: 2_500, startMs: 500, endMs: 2_500 };
  voice.take({ ...stretch, type: 'emotion', of: 'window', ...heard, smoothed: heard, normal: null });
  expect([voice.underWay.value, voice.current.value]).toMatchObject([{ label: 'happy' }, { label: 'happy' }]);
  voice.take({ ...stretch, type: 'notSpeech' });
  voice.take({ ...stretch, type: 'speechEnd' });
  expect([voice.underWay.value, voice.current.value, voice.segments.value]).toEqual([null, null, []]);
});

describe('a session from the host', () => {
  test('has a row for each speaker, of however many tracks', () => {
    expect(speakerRows(record).map(({ speaker, segments }) => [speaker, segments.length])).toEqual([['a', 2], ['b', 1]]); // prettier-ignore
    expect(durationOf(record)).toBe(3500.4);
  });

  test('becomes a table in the order of time, in which no name is a formula', () => {
    expect(csvOf(record).split('\r\n')).toEqual([
      'speaker,name,start_ms,end_ms,label,confidence,uncertain,sad,calm',
      "a,'=SUM(A1),1000,1500,sad,0.5000,false,0.5000,0.2500",
      'b,"Bo ""the"", boss",2000,2500,sad,0.5000,false,0.5000,0.2500',
      "a,'=SUM(A1),3000,3500,sad,0.5000,false,0.5000,0.2500",
      '',
    ]);
  });
});

test('times are words', () => {
  expect([0, 61_000, 3_725_000].map(clock)).toEqual(['0:00', '1:01', '1:02:05']);
  expect([4200, 59_400, 185_000, 3_840_000].map(length)).toEqual(['4.2 s', '59 s', '3 min 5 s', '1 h 4 min']);
});
