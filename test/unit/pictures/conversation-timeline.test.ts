import { expect, test } from '@jest/globals';
import { conversationTimeline, drawPng, renderPng, type TimelineSegment } from '../../../src/pictures/index.ts';

const LABELS = ['neutral', 'angry'];
const segment = (startMs: number, label: string): TimelineSegment => ({
  ...{ startMs, endMs: startMs + 2000, label, confidence: 0.8, uncertain: false, scores: { [label]: 0.8 } },
});

test('each voice has a band of its own, with a waveform where there is one', () => {
  const svg = conversationTimeline({
    ...{ title: 'A <call>', durationMs: 20_000, labels: LABELS },
    voices: [
      { name: 'customer', segments: [segment(1000, 'angry')], envelope: { min: [-0.5, -0.1], max: [0.5, 0.1] } },
      { name: 'agent', segments: [segment(5000, 'neutral')] },
    ],
  });
  expect(svg).toContain('customer: angry from 1.0 s. agent: neutral from 5.0 s');
  expect(svg).toContain('customer: emotion');
  expect(svg).toContain('A &lt;call&gt;');
  expect(renderPng(svg).subarray(1, 4)).toEqual(new Uint8Array(Buffer.from('PNG')));
});

test('nobody, and a crowd, are drawn too', () => {
  expect(conversationTimeline({ title: 'x', durationMs: 0, labels: LABELS, voices: [] })).toContain('no speech');
  const voices = Array.from({ length: 40 }, (_, i) => ({
    name: `voice ${i}`,
    segments: i < 20 ? [] : [segment(i, 'angry')],
  }));
  const svg = conversationTimeline({ title: 'x', durationMs: 60_000, labels: LABELS, voices });
  expect(svg).toContain('voice 31');
  expect(svg).not.toContain('voice 3:');
});

test('turns and alerts are marked, and a thread draws the same picture', async () => {
  const voice = { name: 'customer', segments: [segment(1000, 'angry')] };
  const call = { title: 'A call', durationMs: 20_000, labels: LABELS };
  const svg = conversationTimeline({ ...call, voices: [{ ...voice, turnsMs: [3000], alertsMs: [4000] }] });
  expect(svg).toContain('line: a turn; triangle: an alert');
  const plain = conversationTimeline({ ...call, voices: [voice] });
  expect(plain).not.toContain('triangle');
  expect(svg.match(/<path/g)!.length).toBe((plain.match(/<path/g) ?? []).length + 2);
  expect(await drawPng(svg, { scale: 1 })).toEqual(new Uint8Array(renderPng(svg, { scale: 1 })));
  await expect(drawPng('no picture')).rejects.toThrow(/cannot be rendered/);
});
