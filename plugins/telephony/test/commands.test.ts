// The plugin's commands, as the command line calls them.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { encodeWav } from '../../../test/helpers/audio-writers.ts';
import { sharedThreads } from '../../../test/helpers/shared-threads.ts';
import { commands } from '../src/commands.ts';
import { DIALECTS } from '../src/settings.ts';
import { ALL_SETTINGS, SECRETS, voice } from './helpers/drivers.ts';
import { running, type Running } from './helpers/running.ts';

const threads = sharedThreads();
let served: Running | undefined;

afterEach(() => served?.close());

/** Runs a command; what it printed and its exit code. */
async function run(
  name: string,
  settings: Readonly<Record<string, unknown>>,
  {
    args = [],
    options = {},
    secrets = SECRETS,
  }: { args?: string[]; options?: Record<string, string>; secrets?: Readonly<Record<string, string>> } = {},
): Promise<{ code: number; value: unknown }> {
  const lines: string[] = [];
  const command = commands.find((one) => one.name === name)!;
  const variable = (secret: string): string =>
    `UNDERTONE_TELEPHONY_${secret.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()}`;
  const code = await command.run({
    config: { settings, secret: (secret) => secrets[variable(secret)] },
    ...{ arguments: args, options, json: true },
    print: (line) => lines.push(line),
  });
  return { code: code ?? 0, value: JSON.parse(lines.join('\n')) };
}

test('every dialect says its addresses and its steps, and what is missing', async () => {
  const { value } = await run('dialects', { publicUrl: 'https://v.example/telephony', plivo: {} }, { secrets: {} });
  const all = value as {
    dialect: string;
    isServed: boolean;
    addresses: string[];
    missing: string[];
    steps: string[];
  }[];
  expect(all.map(({ dialect }) => dialect)).toEqual(DIALECTS);
  for (const { steps, addresses, missing } of all) {
    expect([steps.length > 0, addresses.length > 0, missing.length > 0]).toEqual([true, true, true]);
  }
  expect(all.find(({ dialect }) => dialect === 'plivo')).toMatchObject({
    isServed: true,
    addresses: ['POST https://v.example/telephony/plivo/voice', 'POST https://v.example/telephony/plivo/events'],
    missing: ['UNDERTONE_TELEPHONY_PLIVO_AUTH_TOKEN'],
  });
  await expect(run('dialects', {}, { args: ['morse'] })).rejects.toMatchObject({ code: 'USAGE' });
});

test('the doctor says what is missing, and nothing of what is there', async () => {
  expect(await run('doctor', ALL_SETTINGS)).toEqual({ code: 0, value: { dialects: DIALECTS, findings: [] } });
  const { code, value } = await run('doctor', ALL_SETTINGS, { secrets: {} });
  expect(code).toBe(1);
  expect((value as { findings: string[] }).findings).toContain(
    'telnyx: UNDERTONE_TELEPHONY_TELNYX_PUBLIC_KEY is not set',
  );
  await expect(run('doctor', { colour: 'red' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});

test.each(['signalwire', 'plivo', 'vonage', 'genesys', 'audiosocket', 'chan-websocket'] as const)(
  'a recording is played as %s would',
  async (dialect) => {
    served = await running(ALL_SETTINGS, {}, threads());
    const path = join(mkdtempSync(join(tmpdir(), 'undertone-call-')), 'call.wav');
    writeFileSync(path, encodeWav([voice(4)], 16_000));
    const settings = { ...ALL_SETTINGS, audiosocket: { port: served.plugin.audioSocketPort! } };
    const options = { dialect, url: served.url, speed: '40' };
    const { code, value } = await run('simulate', settings, { args: [path], options });
    expect(code).toBe(0);
    expect(value).toMatchObject({ isHeard: true, report: { speakers: [{ role: 'customer', segments: 1 }] } });
  },
);

test('what cannot be played is said', async () => {
  const options = { dialect: 'plivo', url: 'http://127.0.0.1:1/telephony' };
  const path = join(mkdtempSync(join(tmpdir(), 'undertone-call-')), 'call.wav');
  writeFileSync(path, encodeWav([voice(1)], 16_000));
  await expect(run('simulate', ALL_SETTINGS, { args: [path], options })).rejects.toMatchObject({
    code: 'PLUGIN_FAILED',
  });
  await expect(run('simulate', ALL_SETTINGS, { args: [path] })).rejects.toMatchObject({ code: 'USAGE' });
  const fast = { ...options, speed: 'fast' };
  await expect(run('simulate', ALL_SETTINGS, { args: [path], options: fast })).rejects.toMatchObject({ code: 'USAGE' });
});
