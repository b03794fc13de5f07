import { expect, test } from '@jest/globals';
import { conversationTimeline, renderPng, type TimelineSegment } from '../../../src/pictures/index.ts';

const segment = (startMs: number, endMs: number, label: string): TimelineSegment => ({
  ...{ startMs, endMs, label, confidence: 0.8, uncertain: false },
  scores: { [label]: 0.8 },
});

const LABELS = ['neutral', 'angry', 'calm'];

test('each speaker has a band of their own, under their name; a legend has the emotions that were heard', () => {
  const svg = conversationTimeline({
    ...{ title: 'a <call>', durationMs: 10_000, labels: LABELS },
    speakers: [
      { name: 'alice & co', segments: [segment(0, 4_000, 'angry')] },
      { name: 'bob', segments: [segment(5_000, 9_000, 'calm')] },
    ],
  });
  expect(svg).toContain('alice &amp; co');
  expect(svg).toContain('a &lt;call&gt;');
  expect(svg.match(/<title>(angry|calm) 80 %/g)).toEqual(['<title>angry 80 %', '<title>calm 80 %']);
  expect(svg).toMatch(/angry.*calm/s);
  expect(svg).not.toContain('neutral');
  expect(renderPng(svg).length).toBeGreaterThan(1_000);
});

test('a conversation in which nobody spoke can be drawn', () => {
  const svg = conversationTimeline({
    title: 'x',
    durationMs: 1,
    labels: LABELS,
    speakers: [{ name: 'bob', segments: [] }],
  });
  expect(svg).toContain('no speech');
});
