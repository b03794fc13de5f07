// `undertone serve` and `undertone config`, as processes of their own.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { openStore } from '../../../src/store/index.ts';
import { temporaryFolder } from '../../helpers/command-line.ts';

const SOURCE = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const ARGUMENTS = ['--disable-warning=ExperimentalWarning', SOURCE];

const PLUGIN = `
let opened;
export const plugin = {
  name: 'echo',
  capabilities: { live: true, batch: false, perSpeaker: true, edit: false, privateReply: false },
  start(host) {
    opened = host.openSession({ space: host.config.settings.space, title: host.config.secret('token') });
  },
  stop() {
    Promise.reject(new Error('forgotten'));
  },
};`;

let child: ChildProcess | undefined;

afterEach(() => {
  child?.kill('SIGKILL');
});

/** A folder with a configuration, and a plugin. */
function folderWith(config: object): string {
  const folder = temporaryFolder();
  const home = join(folder, 'node_modules/undertone-plugin-echo');
  mkdirSync(home, { recursive: true });
  mkdirSync(join(folder, 'config'));
  writeFileSync(join(home, 'package.json'), JSON.stringify({ type: 'module', exports: './index.js' }));
  writeFileSync(join(home, 'index.js'), PLUGIN);
  writeFileSync(join(folder, 'config/undertone.json'), JSON.stringify(config));
  return folder;
}

function run(cwd: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [...ARGUMENTS, ...args], { cwd, encoding: 'utf8', env: { ...process.env, UNDERTONE_ECHO_TOKEN: 'x' } }); // prettier-ignore
}

/** Starts it and waits until it listens. */
async function serve(cwd: string): Promise<{ url: string; token: string; log: () => string }> {
  child = spawn(process.execPath, [...ARGUMENTS, 'serve'], {
    cwd,
    env: { ...process.env, UNDERTONE_ECHO_TOKEN: 'A talk' },
  });
  let [said, logged] = ['', ''];
  child.stderr!.on('data', (data: Buffer) => (logged += data.toString()));
  await new Promise<void>((resolve, reject) => {
    child!.stdout!.on('data', (data: Buffer) => {
      said += data.toString();
      if (said.includes('Admin token')) resolve();
    });
    child!.once('exit', () => {
      reject(new Error(logged));
    });
  });
  const [, url, token] = /listens on (\S+)\nAdmin token, until it ends: ([0-9a-f]{64})\n$/.exec(said)!;
  return { url: url!, token: token!, log: () => logged };
}

test('it serves until it is asked to end; open sessions are then summed up and kept', async () => {
  const folder = folderWith({ http: { port: 0 }, plugins: { echo: { space: 'room' } } });
  const { url, token, log } = await serve(folder);
  const headers = { authorization: `Bearer ${token}` };
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ready', store: true, draining: false });
  const { plugins } = (await (await fetch(`${url}/v1/plugins`, { headers })).json()) as { plugins: unknown[] };
  expect(plugins).toMatchObject([{ name: 'echo', health: 'healthy' }]);
  const events = await fetch(`${url}/v1/events`, { headers });

  child!.kill('SIGTERM');
  const [code] = (await once(child!, 'exit')) as [number];
  expect([code, await events.text()]).toEqual([0, expect.stringContaining('"isFinal":true')]);
  for (const line of log().trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ level: expect.any(String) });
  expect(log()).toContain('a promise failed that nobody waited for');
  expect(log()).not.toContain(token);

  const store = await openStore({ path: join(folder, 'data/undertone.db') });
  const { sessions } = await store.sessions();
  expect(sessions).toMatchObject([{ platform: 'echo', space: 'room', title: 'A talk', state: 'ended', summary: { alerts: 0 } }]); // prettier-ignore
  await store.close();
});

test('an address that is taken, and a plugin that is not there, are named', async () => {
  const folder = folderWith({ http: { port: 0 } });
  const { url } = await serve(folder);
  const taken = folderWith({ http: { port: Number(new URL(url).port) } });
  expect(run(taken, 'serve')).toMatchObject({ status: 1, stderr: expect.stringContaining('EADDRINUSE') });
  const missing = folderWith({ http: { port: 0 }, plugins: { missing: {} } });
  expect(run(missing, 'serve')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('plugin "missing": cannot be loaded from the package undertone-plugin-missing'),
  });
});

test('config shows what it comes to, and what is wrong', () => {
  const good = run(folderWith({ http: { port: 9 } }), 'config');
  expect(JSON.parse(good.stdout)).toMatchObject({
    file: 'config/undertone.json',
    http: { port: 9, host: '127.0.0.1' },
  });
  const bad = run(folderWith({ htpp: {} }), 'config', '--json');
  expect(bad.status).toBe(2);
  expect(JSON.parse(bad.stderr)).toMatchObject({ error: { code: 'CONFIG_INVALID' } });
  expect(run(temporaryFolder(), 'config')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('"port": 8470'),
  });
  for (const command of ['serve', 'config']) {
    expect(run(temporaryFolder(), command, '--help').stdout).toMatch(/Usage: undertone \w+[^]*Examples:/);
  }
});
