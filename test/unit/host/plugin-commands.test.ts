// What a plugin adds to the command line, in a process of its own.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../helpers/command-line.ts';

const SOURCE = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

const PLUGIN = `
export const plugin = {
  name: 'echo',
  capabilities: { live: true, batch: false, perSpeaker: true, edit: false, privateReply: false },
  start: ({ config }) => {
    if (!process.env.ECHO_SETTINGS) return;
    console.log(JSON.stringify(config.settings));
    process.exit();
  },
  stop: () => undefined,
  commands: [{
    name: 'say',
    description: 'Say something.',
    arguments: [{ usage: '<words...>', description: 'what to say' }],
    options: [{ flags: '--loud-as <who>', description: 'how loud' }],
    examples: ['undertone echo say hello'],
    run({ config, print, json, options, arguments: words }) {
      print(JSON.stringify({ words, options, json, room: config.settings.room, token: config.secret('accessToken') }));
      return words.includes('fail') ? 1 : undefined;
    },
  }],
};`;

const folder = temporaryFolder();

beforeAll(() => {
  const home = join(folder, 'node_modules/undertone-plugin-echo');
  mkdirSync(home, { recursive: true });
  mkdirSync(join(folder, 'config'));
  const serveOptions = [
    { flags: '--rooms <count>', setting: 'rooms', description: 'how many' },
    { flags: '--config <file>', setting: 'taken', description: 'a name that is taken' },
  ];
  const undertone = { switchedOnBy: 'ECHO_ACCESS_TOKEN', serveOptions };
  writeFileSync(join(home, 'package.json'), JSON.stringify({ type: 'module', exports: './index.js', undertone }));
  writeFileSync(join(home, 'index.js'), PLUGIN);
  // Any port: tests beside this one serve as well.
  const config = { http: { port: 0 }, plugins: { echo: { room: 'blue' } } };
  writeFileSync(join(folder, 'config/undertone.json'), JSON.stringify(config));
});

function run(args: readonly string[], environment: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', SOURCE, ...args],
    { cwd: folder, encoding: 'utf8', env: { ...process.env, ...environment } },
  );
  return { status, stdout, stderr };
}

test('a command gets its words, its options, and what the configuration and the environment say to the plugin', () => {
  const { status, stdout } = run(['echo', 'say', 'a', 'b', '--loud-as', 'me'], { ECHO_ACCESS_TOKEN: 'x' });
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    words: ['a', 'b'],
    options: { loudAs: 'me' },
    json: false,
    room: 'blue',
    token: 'x',
  });
  const named = run(['echo', 'say', 'fail', '--json'], { ECHO_ACCESS_TOKEN: 'x', UNDERTONE_ECHO_ACCESS_TOKEN: 'y' });
  expect([named.status, JSON.parse(named.stdout)]).toMatchObject([1, { json: true, token: 'y' }]);
});

test('a command has help; wrong use exits with 2', () => {
  expect(run(['echo', '--help']).stdout).toContain('say');
  expect(run(['echo', 'say', '--help']).stdout).toContain('Examples:\n  undertone echo say hello\n');
  expect(run(['echo', 'say']).status).toBe(2);
  expect(run(['echo', 'shout']).status).toBe(2);
  expect(run(['ehco', 'say']).status).toBe(2);
});

test("a plugin's settings may be options of serve, over those of the configuration", () => {
  const settings = (...args: string[]): unknown => {
    const { stdout } = run(['serve', ...args], { ECHO_SETTINGS: 'yes' });
    return JSON.parse(stdout.split('\n')[0]!);
  };
  expect(settings()).toEqual({ room: 'blue' });
  expect(settings('--rooms', '4')).toEqual({ room: 'blue', rooms: 4 });
  expect(settings('--rooms', 'auto')).toEqual({ room: 'blue', rooms: 'auto' });
  expect(run(['serve', '--help']).stdout).toContain('how many (plugins.echo.rooms)');
});

test('a token in the environment switches its plugin on, and is all that it takes to serve', () => {
  expect(run([]).stdout).toContain('Examples:');
  // A configuration without the plugin, and an address that is refused: it gets as far as reading it.
  writeFileSync(join(folder, 'config/undertone.json'), JSON.stringify({ http: { host: '0.0.0.0' } }));
  const { status, stderr } = run([], { ECHO_ACCESS_TOKEN: 'x' });
  expect([status, stderr]).toEqual([2, expect.stringContaining('http.host 0.0.0.0')]);
});
