import { describe, expect, test } from '@jest/globals';
import { decode } from 'fast-png';
import { recordingPicture, renderPng, type RecordingPicture } from '../../../src/pictures/index.ts';
import { all, parseSvg, plots } from './parse-svg.ts';

const SAMPLE_RATE_HZ = 16_000;
const HOP_MS = 10;
const BANDS = 128;
// HTK mel centres, 0..8 kHz.
const TOP_MEL = 2595 * Math.log10(1 + 8000 / 700);
const melCentresHz = Float64Array.from(
  { length: BANDS },
  (_, band) => 700 * (10 ** ((TOP_MEL * (band + 1)) / (BANDS + 1) / 2595) - 1),
);
const BURST_BAND = melCentresHz.findIndex((hz) => hz > 1000);

const matrix = (frames: number, dims: number, value: (frame: number, dim: number) => number) => {
  const data = new Float32Array(frames * dims);
  for (let index = 0; index < data.length; index++) data[index] = value(Math.floor(index / dims), index % dims);
  return { data, frames, dims };
};

/** 2 s of faint noise with a loud 1 kHz tone from 0.8 s to 1.2 s. */
function burst(): RecordingPicture & { samples: Float32Array } {
  const loud = (seconds: number) => seconds >= 0.8 && seconds < 1.2;
  const frames = 201;
  return {
    title: 'burst.wav',
    samples: Float32Array.from({ length: 2 * SAMPLE_RATE_HZ }, (_, index) => {
      const seconds = index / SAMPLE_RATE_HZ;
      return (loud(seconds) ? 0.8 : 0.001) * Math.sin(2 * Math.PI * 1000 * seconds);
    }),
    sampleRateHz: SAMPLE_RATE_HZ,
    hopMs: HOP_MS,
    melDb: matrix(frames, BANDS, (frame, band) => (loud(frame / 100) && band === BURST_BAND ? 0 : -80)),
    melCentresHz,
    mfcc: matrix(frames, 20, (frame, dim) => Math.sin(frame * dim)),
    chroma: matrix(frames, 12, (frame, dim) => (loud(frame / 100) && dim === 11 ? 1 : 0)),
    rms: Float32Array.from({ length: frames }, (_, frame) => (loud(frame / 100) ? 0.57 : 0.001)),
  };
}

/** The bounding box of the pixels of one plot that `isMark` accepts, in px of the document. */
function marks(
  svg: string,
  plotIndex: number,
  isMark: (red: number, green: number, blue: number) => boolean,
): { left: number; right: number; top: number; bottom: number } {
  const scale = 2;
  const { data, width, channels } = decode(renderPng(svg, { scale }));
  const plot = plots(parseSvg(svg))[plotIndex]!;
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (let y = plot.y * scale + 2; y < (plot.y + plot.height) * scale - 2; y++) {
    for (let x = plot.x * scale + 2; x < (plot.x + plot.width) * scale - 2; x++) {
      const at = (y * width + x) * channels;
      if (!isMark(data[at]!, data[at + 1]!, data[at + 2]!)) continue;
      box.left = Math.min(box.left, x / scale);
      box.right = Math.max(box.right, (x + 1) / scale);
      box.top = Math.min(box.top, y / scale);
      box.bottom = Math.max(box.bottom, (y + 1) / scale);
    }
  }
  return box;
}

describe('a loud 1 kHz burst from 0.8 s to 1.2 s', () => {
  const svg = recordingPicture(burst());
  const [waveform, mel, , chroma, rms] = plots(parseSvg(svg));
  const x = (seconds: number) => waveform!.x + (seconds / 2) * waveform!.width;
  const bright = (red: number, green: number) => red > 200 && green > 200;

  test('all panels lie on one time axis', () => {
    for (const plot of plots(parseSvg(svg))) expect([plot.x, plot.width]).toEqual([waveform!.x, waveform!.width]);
  });

  test('brightens its columns and its row of the mel spectrogram alone', () => {
    const box = marks(svg, 1, bright);
    // A frame covers half a hop to either side of its centre.
    expect(Math.abs(box.left - x(0.795))).toBeLessThan(1);
    expect(Math.abs(box.right - x(1.195))).toBeLessThan(1);
    const row = mel!.y + mel!.height * (1 - (BURST_BAND + 0.5) / BANDS);
    expect(Math.abs((box.top + box.bottom) / 2 - row)).toBeLessThan(1);
    expect(box.bottom - box.top).toBeLessThan(2.5);
  });

  test('stands beside the axis label "1" (kHz)', () => {
    const box = marks(svg, 1, bright);
    const label = all(parseSvg(svg), 'text').find(
      ({ text, attributes }) => text === '1' && Math.abs(Number(attributes.y) - mel!.y) < mel!.height,
    )!;
    const baselineToMiddle = Number(label.attributes['font-size']) * 0.36;
    expect(Math.abs(Number(label.attributes.y) - baselineToMiddle - (box.top + box.bottom) / 2)).toBeLessThan(1.5);
  });

  test('brightens its pitch class, B, on top of the chroma', () => {
    const box = marks(svg, 3, bright);
    expect(Math.abs(box.left - x(0.795))).toBeLessThan(1);
    expect(Math.abs(box.bottom - (chroma!.y + chroma!.height / 12))).toBeLessThan(1);
  });

  test('is high in the waveform and the RMS at the same place', () => {
    const blue = (red: number, _green: number, blueness: number) => red < 60 && blueness > 120;
    const offAxis = (box: { top: number; bottom: number }) => box.bottom - box.top;
    const wave = marks(svg, 0, blue);
    expect(offAxis(wave)).toBeGreaterThan(0.85 * waveform!.height);
    const line = marks(svg, 4, (red, green, blueness) => red > 180 && green < 150 && blueness < 80);
    expect(line.top).toBeLessThan(rms!.y + 0.2 * rms!.height);
    const firstHigh = /([\d.]+) ([\d.]+)/g;
    const path = all(plots(parseSvg(svg))[0]!.node, 'path').at(-1)!.attributes.d!;
    const high = Array.from(path.matchAll(firstHigh), ([, at, y]) => [Number(at), Number(y)] as const)
      .filter(([, y]) => y < 0.1 * waveform!.height)
      .map(([at]) => at + waveform!.x);
    expect(Math.abs(Math.min(...high) - x(0.8))).toBeLessThan(1);
    expect(Math.abs(Math.max(...high) - x(1.2))).toBeLessThan(1);
  });
});

describe('the document', () => {
  test('the same input makes the same picture', () => {
    expect(recordingPicture(burst())).toBe(recordingPicture(burst()));
    expect(renderPng(recordingPicture(burst()))).toEqual(renderPng(recordingPicture(burst())));
  });

  test('stands alone and says what it is', () => {
    const svg = parseSvg(recordingPicture({ ...burst(), subtitle: 'WAV, 16 kHz' }));
    expect(svg.children.slice(0, 2).map(({ name, text }) => [name, text])).toEqual([
      ['title', 'burst.wav'],
      ['desc', expect.stringMatching(/^Waveform, Mel spectrogram, MFCC, Chroma, RMS of a recording of 2\.00 s/)],
    ]);
    for (const { attributes } of all(svg, 'image')) expect(attributes.href).toMatch(/^data:image\/png;base64,/);
  });

  test('a feature left out has no panel', () => {
    const { title, samples, rms } = burst();
    const svg = recordingPicture({ title, samples, sampleRateHz: SAMPLE_RATE_HZ, hopMs: HOP_MS, rms: rms! });
    expect(plots(parseSvg(svg))).toHaveLength(2);
  });

  test('an envelope of the samples makes the samples’ waveform', () => {
    const { samples, ...rest } = burst();
    const wave = (svg: string) => all(plots(parseSvg(svg))[0]!.node, 'path').at(-1)!.attributes.d;
    const fromEnvelope = recordingPicture({ ...rest, min: samples, max: samples, durationMs: 2000 });
    expect(wave(fromEnvelope)).toBe(wave(recordingPicture(burst())));
  });

  test.each([
    `</title><script>alert("1")</script>&amp;'`,
    ']]>\u0000\u001b[31m\u202e\ud800\uffff',
    '日本語の音声 한국어 שלום مرحبا 😀.ogg',
    'x'.repeat(1e5),
    '',
  ])('a hostile title stays text: %#', (title) => {
    const svg = recordingPicture({ ...burst(), title, subtitle: title });
    const parsed = parseSvg(svg);
    expect(all(parsed, 'script')).toHaveLength(0);
    expect(svg.length).toBeLessThan(300_000);
    expect(decode(renderPng(svg, { scale: 1 })).width).toBe(960);
  });
});

describe('odd recordings are drawn without a broken number', () => {
  const of = (frames: number, samples: number, value: number): RecordingPicture => ({
    ...burst(),
    samples: new Float32Array(samples).fill(value),
    melDb: matrix(frames, BANDS, () => value),
    mfcc: matrix(frames, 20, () => value),
    chroma: matrix(frames, 12, () => value),
    rms: new Float32Array(frames).fill(value),
  });

  test.each([
    ['empty', of(0, 0, 0)],
    ['one frame', of(1, 10, 0.5)],
    ['one sample', of(1, 1, 0.5)],
    ['silent', of(100, 16_000, 0)],
    ['NaN', of(100, 16_000, NaN)],
    ['Infinity', of(100, 16_000, Infinity)],
    ['-Infinity', of(100, 16_000, -Infinity)],
  ])('%s', (_, recording) => {
    const svg = recordingPicture(recording);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(plots(parseSvg(svg))).toHaveLength(5);
    expect(decode(renderPng(svg, { scale: 1 })).height).toBe(850 - 18);
  });

  test('the mel spectrogram of silence is dark', () => {
    const { top } = marks(recordingPicture(of(101, 16_000, -100)), 1, (red, green, blue) => red + green + blue > 60);
    expect(top).toBe(Infinity);
  });
});

describe('an hour', () => {
  const frames = 112_500;
  // Noise is what compresses worst. One row of it, of a length that no dims divide, is laid end to end.
  const row = Float32Array.from({ length: 10_007 }, (_, index) => ((index * index * 7919) % 10_007) / 10_007);
  const noise = (length: number) => {
    const values = new Float32Array(length);
    for (let at = 0; at < length; at += row.length) values.set(row.subarray(0, length - at), at);
    return values;
  };
  const hour: RecordingPicture = {
    ...burst(),
    samples: noise(3600 * 1000),
    sampleRateHz: 1000,
    hopMs: 32,
    melDb: { data: noise(frames * BANDS), frames, dims: BANDS },
    mfcc: { data: noise(frames * 20), frames, dims: 20 },
    chroma: { data: noise(frames * 12), frames, dims: 12 },
    rms: noise(frames),
  };

  test('stays below 1.5 MB even at the greatest width', () => {
    const svg = recordingPicture(hour, { width: 4096 });
    expect(svg.length).toBeLessThan(1.5e6);
    expect(svg).toContain('>1:00:00</text>');
  });

  test('one loud frame is still seen in the mel spectrogram, at its time', () => {
    const data = new Float32Array(frames * BANDS).fill(-80);
    data.fill(0, 28_125 * BANDS, 28_126 * BANDS);
    const svg = recordingPicture({ ...hour, melDb: { data, frames, dims: BANDS } });
    const { x, width } = plots(parseSvg(svg))[1]!;
    const box = marks(svg, 1, (red, green) => red > 200 && green > 200);
    expect(Math.abs((box.left + box.right) / 2 - (x + width / 4))).toBeLessThan(1);
    expect(box.right - box.left).toBeLessThan(2);
  });
});

describe('renderPng', () => {
  test.each([0.5, 1, 2, 3])('scale %d', (scale) => {
    const svg = recordingPicture(burst(), { width: 640 });
    const { height } = parseSvg(svg).attributes;
    const png = decode(renderPng(svg, { scale }));
    expect([png.width, png.height]).toEqual([640 * scale, Number(height) * scale]);
  });

  test('sets text in the fonts that it brings along', () => {
    const svg = (text: string) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40"><text y="30" font-size="24" ` +
      `font-family="'DejaVu Sans Condensed', sans-serif">${text}</text></svg>`;
    const ink = (text: string) => decode(renderPng(svg(text), { scale: 1 })).data.filter((value) => value > 0).length;
    expect(ink('')).toBe(0);
    // Letters have more ink the more of them there are, and C is not what a missing glyph's box looks like.
    expect(ink('Привет')).toBeGreaterThan(ink('При') * 1.5);
    expect(ink('I')).toBeLessThan(ink('M'));
  });

  test.each([
    ['no SVG', () => renderPng('not an svg')],
    ['scale 0', () => renderPng(recordingPicture(burst()), { scale: 0 })],
    ['scale NaN', () => renderPng(recordingPicture(burst()), { scale: NaN })],
    ['width 10', () => recordingPicture(burst(), { width: 10 })],
    ['width NaN', () => recordingPicture(burst(), { width: NaN })],
    [
      'a matrix of another size',
      () => recordingPicture({ ...burst(), mfcc: { data: new Float32Array(3), frames: 2, dims: 2 } }),
    ],
  ])('%s is refused', (_, attempt) => {
    expect(attempt).toThrow(expect.objectContaining({ name: 'UndertoneError', code: 'PICTURE_INVALID' }));
  });
});
