import { describe, expect, test } from '@jest/globals';
import {
  emotionColour,
  emotionTimeline,
  type EmotionTimeline,
  type TimelineSegment,
} from '../../../src/pictures/index.ts';
import { all, parseSvg, plots, type Node } from './parse-svg.ts';

const LABELS = ['neutral', 'happy', 'sad'];

const segment = (startMs: number, endMs: number, happy: number, uncertain = false): TimelineSegment => ({
  startMs,
  endMs,
  label: happy > 0.5 ? 'happy' : 'sad',
  confidence: Math.max(happy, 1 - happy),
  uncertain,
  scores: { neutral: 0, happy, sad: 1 - happy },
});

const timeline = (segments: readonly TimelineSegment[], durationMs = 10_000): EmotionTimeline => ({
  title: 'a <call>',
  min: [-0.5, -0.1],
  max: [0.5, 0.1],
  durationMs,
  labels: LABELS,
  segments,
});

function draw(
  segments: readonly TimelineSegment[],
  durationMs?: number,
): { svg: Node; band: Node; scores: Node; width: number } {
  const svg = parseSvg(emotionTimeline(timeline(segments, durationMs)));
  // Hatched segments are svg elements too: panels are those of the whole width.
  const panels = plots(svg).filter(({ width }) => width > 800);
  return { svg, band: panels[1]!.node, scores: panels[2]!.node, width: panels[1]!.width };
}

const boxes = (node: Node): Node[] => node.children.filter(({ name }) => name === 'rect');

describe('emotionTimeline', () => {
  test('a segment is a box of its emotion’s colour, from its start to its end, with its name', () => {
    const { band, width } = draw([segment(1_000, 4_000, 0.9), segment(6_000, 9_000, 0.2)]);
    const [first, second] = boxes(band);
    expect(Number(first!.attributes.x)).toBeCloseTo(0.1 * width, 1);
    expect(Number(first!.attributes.width)).toBeCloseTo(0.3 * width - 1, 1);
    expect(Number(second!.attributes.x)).toBeCloseTo(0.6 * width, 1);
    expect([first!.attributes.fill, second!.attributes.fill]).toEqual(
      ['happy', 'sad'].map((label) => emotionColour(label, LABELS)),
    );
    expect(all(band, 'text').map(({ text }) => text)).toEqual(['happy 90 %', 'sad 80 %']);
  });

  test('an uncertain segment is hatched and has a question mark', () => {
    const { band, svg } = draw([segment(1_000, 4_000, 0.6, true)]);
    expect(all(band, 'text').map(({ text }) => text)).toEqual(['happy? 60 %']);
    expect(boxes(band)[0]!.attributes.fill).not.toBe(emotionColour('happy', LABELS));
    expect(all(band, 'svg')).toHaveLength(1);
    expect(svg.text).toContain('hatched: uncertain');
  });

  test('the probabilities of all labels are stacked to the full height', () => {
    const { scores } = draw([segment(0, 10_000, 0.75)]);
    const heights = all(scores, 'path')
      .slice(1)
      .map(({ attributes }) => {
        const [, top, bottom] = /M[\d.]+ ([\d.]+)h[\d.]+V([\d.]+)/.exec(attributes.d!)!.map(Number);
        return bottom! - top!;
      });
    // 150 px high; neutral, happy and sad from below.
    expect(heights).toEqual([0, 112.5, 37.5]);
    const legend = all(scores, 'text');
    expect(legend).toHaveLength(0);
  });

  test('names every label in its colour', () => {
    const { svg } = draw([segment(0, 10_000, 0.75)]);
    const legend = all(svg, 'text').find(({ text }) => text.includes('neutral'))!;
    expect(all(legend, 'tspan').map(({ attributes }) => attributes.fill)).toEqual(
      LABELS.map((label) => emotionColour(label, LABELS)),
    );
  });

  test('segments too narrow to be seen are drawn together: an hour has no more boxes than there is room', () => {
    const many = Array.from({ length: 1_500 }, (_, i) => segment(i * 2_400, i * 2_400 + 2_000, i % 3 ? 0.9 : 0.3));
    const { band, width } = draw(many, 3_600_000);
    const drawn = boxes(band);
    expect(drawn.length).toBeLessThan(width / 5);
    expect(drawn.length).toBeGreaterThan(width / 15);
    // Two of three are happy: so is every group.
    expect(new Set(drawn.map(({ attributes }) => attributes.fill))).toEqual(new Set([emotionColour('happy', LABELS)]));
  });

  test('a recording without speech says so, and any title is safe', () => {
    const { band, scores, svg } = draw([]);
    expect([band.text, scores.text]).toEqual(['no speech', 'no speech']);
    expect(all(svg, 'title')[0]!.text).toBe('a <call>');
    expect(all(svg, 'desc')[0]!.text).toContain('no speech');
  });

  test('an impossible width is refused', () => {
    expect(() => emotionTimeline(timeline([]), { width: 10 })).toThrow(/width: is 10 px/);
  });
});

describe('emotionColour', () => {
  const eight = ['neutral', 'calm', 'happy', 'sad', 'angry', 'fearful', 'disgust', 'surprised'];

  test('is the same for an emotion however a corpus spells it, and another for every other', () => {
    expect(emotionColour('fear', [])).toBe(emotionColour('fearful', eight));
    expect(emotionColour('Anger', [])).toBe(emotionColour('angry', eight));
    expect(new Set(eight.map((label) => emotionColour(label, eight))).size).toBe(8);
  });

  test('labels that are no emotions have one each', () => {
    const others = ['low', 'high', 'excited'];
    expect(new Set(others.map((label) => emotionColour(label, others))).size).toBe(3);
  });
});
