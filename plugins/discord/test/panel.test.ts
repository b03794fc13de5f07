import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { APIEmbed } from 'discord.js';
import type { EmotionEvent } from 'undertone';
import { EditBudget } from '../src/edit-budget.ts';
import { PanelUpdater } from '../src/panel-updater.ts';
import { renderPanel, type PanelState } from '../src/panel.ts';
import { SpeakerView } from '../src/speaker-view.ts';

const prediction = (label: string, uncertain = false) => ({
  label,
  confidence: 0.87,
  uncertain,
  scores: { [label]: 0.87 },
});

function segment(label: string, startMs: number, endMs: number, uncertain = false): EmotionEvent {
  const said = prediction(label, uncertain);
  return {
    ...said,
    ...{ type: 'emotion', of: 'segment', startMs, endMs, smoothed: said, normal: null },
    ...{ sessionId: 's', sequence: 1, mediaMs: endMs, arrivedAtMs: endMs, trackId: 't', speaker: '1' },
  };
}

function stateWith(...speakers: SpeakerView[]): PanelState {
  return {
    ...{ channelId: '5', consentMode: 'opt-in', startedAtMs: 0, nowMs: 65_000, state: 'listening' },
    ...{ note: undefined, unheard: 1, speakers },
  };
}

const description = (state: PanelState): string => (renderPanel(state).embeds![0] as APIEmbed).description!;

test('a panel says who sounds how, with a bar of the last minutes and how long they talked', () => {
  const alice = new SpeakerView('1', 'al*ice');
  alice.hear(segment('calm', 0, 10_000));
  alice.hear(segment('angry', 35_000, 50_000));
  const text = description(stateWith(alice));
  expect(text).toContain('In <#5> for 1:05.');
  expect(text).toContain('**al\\*ice**: 😠 angry 87 %\n🟩🟥▫️ talked 0:25');
  expect(text).toContain('Nobody is heard who has not pressed **Opt in**.');
  expect(text).toContain('Not heard: 1');
});

test('what cannot be told is said so', () => {
  const alice = new SpeakerView('1', 'alice');
  alice.hear(segment('sad', 0, 5_000, true));
  expect(description({ ...stateWith(alice), nowMs: 5_000 })).toContain('🤔 uncertain (perhaps sad)\n🔳 talked 0:05');
});

test('a hundred speakers with long names fit into what Discord takes', () => {
  const many = Array.from({ length: 100 }, (_, i) => new SpeakerView(String(i), '*'.repeat(32)));
  const text = description({ ...stateWith(...many), nowMs: 3_600_000 });
  expect(text.length).toBeLessThan(4_096);
  expect(text).toContain('And 85 more.');
});

test('a panel that is over has neither Stop nor Opt in', () => {
  const labels = (state: PanelState) => JSON.stringify(renderPanel(state).components);
  expect(labels(stateWith())).toMatch(/Details.*Opt in.*Opt out.*Stop/);
  expect(labels({ ...stateWith(), state: 'ended' })).not.toMatch(/Opt in|Stop/);
});

describe('edits', () => {
  const edits: number[] = [];
  const parts = {
    edit: () => {
      edits.push(Date.now());
      return Promise.resolve();
    },
    onError: () => undefined,
    clock: () => Date.now(),
    budget: { take: () => 0, takeCalm: () => 0 } as unknown as EditBudget,
  };

  beforeEach(() => {
    edits.length = 0;
    jest.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const within = (fromMs: number, forMs: number) => edits.filter((at) => at >= fromMs && at < fromMs + forMs).length;

  test('news are shown at once, together, and never more than 5 in 5 s', async () => {
    const updater = new PanelUpdater(parts);
    updater.touch(true);
    await jest.advanceTimersByTimeAsync(0);
    expect(edits).toEqual([1_000_000]);
    for (let at = 0; at < 60_000; at += 50) {
      updater.touch(true);
      await jest.advanceTimersByTimeAsync(50);
    }
    edits.forEach((at) => {
      expect(within(at, 5_000)).toBeLessThanOrEqual(5);
    });
    expect(within(1_010_000, 50_000)).toBeLessThanOrEqual(50);
    expect(within(1_010_000, 50_000)).toBeGreaterThan(45);
  });

  test('what only ticks on waits, and leaves room for news', async () => {
    const updater = new PanelUpdater(parts);
    for (let at = 0; at < 30_000; at += 100) {
      updater.touch(false);
      await jest.advanceTimersByTimeAsync(100);
    }
    expect(edits.length).toBeLessThanOrEqual(11);
    edits.length = 0;
    const before = Date.now();
    updater.touch(true);
    await jest.advanceTimersByTimeAsync(500);
    expect(edits[0]! - before).toBeLessThanOrEqual(400);
  });

  test('a hundred panels share what Discord takes of a bot; news go first', async () => {
    const budget = new EditBudget(() => Date.now());
    const panels = Array.from({ length: 100 }, () => new PanelUpdater({ ...parts, budget }));
    for (let at = 0; at < 10_000; at += 100) {
      for (const panel of panels) panel.touch(true);
      await jest.advanceTimersByTimeAsync(100);
    }
    expect(edits.length).toBeGreaterThan(360);
    edits.forEach((at) => {
      expect(within(at, 1_000)).toBeLessThanOrEqual(41);
    });
    const calm = new PanelUpdater({ ...parts, budget, edit: () => Promise.reject(new Error('too early')) });
    calm.touch(false);
    await jest.advanceTimersByTimeAsync(300);
  });

  test('an edit that fails is tried again later; the last state is shown when it closes', async () => {
    let fails = true;
    const edit = () => {
      edits.push(Date.now());
      return fails ? Promise.reject(new Error('down')) : Promise.resolve();
    };
    const updater = new PanelUpdater({ ...parts, edit });
    updater.touch(true);
    await jest.advanceTimersByTimeAsync(4_000);
    expect(edits).toHaveLength(1);
    fails = false;
    await jest.advanceTimersByTimeAsync(4_000);
    expect(edits).toHaveLength(2);
    updater.touch(true);
    await updater.close();
    expect(edits).toHaveLength(3);
    updater.touch(true);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(edits).toHaveLength(3);
  });
});
