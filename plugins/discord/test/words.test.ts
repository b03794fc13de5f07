import { describe, expect, test } from '@jest/globals';
import { PermissionFlagsBits, PermissionsBitField } from 'discord.js';
import { COMMANDS } from '../src/commands/definitions.ts';
import { durationOf } from '../src/commands/summary.ts';
import { rulesAsText, rulesFromText } from '../src/guild-settings.ts';
import { applicationIdOf, inviteLink } from '../src/invite.ts';
import { parsePluginSettings } from '../src/plugin-settings.ts';
import { noticeTone } from '../src/voice/notice-tone.ts';
import { createOpusPacketDecoder } from 'undertone';

const LABELS = ['neutral', 'angry', 'fearful'];

describe('alert rules as people write them', () => {
  test('are read, and written the same', () => {
    const text = 'angry over 0.6 for 20 s, every 120 s\nangry + fearful over 0.5 for 3 s, every 60 s';
    const rules = rulesFromText(text, LABELS);
    expect(rules).toMatchObject([
      { name: 'angry 1', emotion: ['angry'], above: 0.6, forMs: 20_000, coolDownMs: 120_000 },
      { emotion: ['angry', 'fearful'], above: 0.5, forMs: 3_000, coolDownMs: 60_000 },
    ]);
    expect(rulesAsText(rules)).toBe(text);
    expect(rulesFromText('Angry > 60% for 5s', LABELS)).toMatchObject([{ above: 0.6, forMs: 5_000 }]);
    expect(rulesFromText(' \n', LABELS)).toEqual([]);
  });

  test('what is wrong with one is named', () => {
    expect(() => rulesFromText('angry over 0.6 for 20 s\nbe nice', LABELS)).toThrow('Line 2 is no rule: "be nice"');
    expect(() => rulesFromText('angrey over 0.6 for 20 s', LABELS)).toThrow('did you mean "angry"?');
    expect(() => rulesFromText('angry over 6 for 20 s', LABELS)).toThrow('above');
  });
});

test('since when', () => {
  expect(['90m', '2h', '7d', '2 w'].map(durationOf)).toEqual([5_400_000, 7_200_000, 604_800_000, 1_209_600_000]);
  expect(() => durationOf('yesterday')).toThrow('90m, 2h, 7d');
});

test('the invitation asks for what the bot uses and nothing else', () => {
  const url = new URL(inviteLink('123'));
  expect(url.searchParams.get('scope')).toBe('bot applications.commands');
  const asked = new PermissionsBitField(BigInt(url.searchParams.get('permissions')!));
  expect(asked.has(PermissionFlagsBits.Connect | PermissionFlagsBits.ChangeNickname | (1n << 48n))).toBe(true);
  expect(asked.has(PermissionFlagsBits.Administrator)).toBe(false);
  expect(asked.has(PermissionFlagsBits.ManageMessages)).toBe(false);
  expect(applicationIdOf(`${Buffer.from('123456789012345678').toString('base64')}.a.b`)).toBe('123456789012345678');
  expect(applicationIdOf('fake.token')).toBeUndefined();
});

test('commands are within what Discord takes', () => {
  for (const command of COMMANDS) {
    const { options = [] } = command as { options?: { name: string; description: string }[] };
    for (const { name, description } of options) {
      expect(name).toMatch(/^[a-z-]{1,32}$/);
      expect(description.length).toBeLessThanOrEqual(100);
    }
  }
});

test('the notice is a sound that can be heard', () => {
  const packets = noticeTone();
  const decoder = createOpusPacketDecoder({ sampleRateHz: 48_000 });
  const loudest = Math.max(...packets.flatMap((packet) => [...decoder.decode(packet)].map(Math.abs)));
  expect(packets.length * 20).toBeGreaterThan(300);
  expect(loudest).toBeGreaterThan(0.1);
  expect(loudest).toBeLessThan(0.4);
});

test('settings that are wrong are named', () => {
  expect(parsePluginSettings({})).toMatchObject({ shards: 'auto', leaveWhenEmptySeconds: 60 });
  expect(() => parsePluginSettings({ leaveWhenEmptySeconds: -1 })).toThrow(/plugins\.discord.*leaveWhenEmptySeconds/);
  expect(() => parsePluginSettings({ shard: 2 })).toThrow('did you mean "shards"?');
  expect(() => parsePluginSettings({ shards: 'many' })).toThrow('shards');
});
