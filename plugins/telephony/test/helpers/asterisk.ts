// A real Asterisk, where there is one: its own configuration and files in a folder of the test's.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** The folder that Asterisk and its libraries are installed in; a distribution's own is `/`. */
const ROOT = process.env.ASTERISK_ROOT ?? '/';
const PROGRAM = '/usr/sbin/asterisk';
const run = promisify(execFile);

/** Why there is no Asterisk to be tried; undefined where there is one. */
export function whyNoAsterisk(): string | undefined {
  if (!existsSync(join(ROOT, PROGRAM))) return 'no Asterisk is installed (or set ASTERISK_ROOT)';
  const modules = modulesFolder();
  const missing = ['app_audiosocket.so', 'chan_websocket.so'].filter((name) => !existsSync(join(ROOT, modules, name)));
  return missing.length > 0 ? `Asterisk has no ${missing.join(', ')}: 22.6 or later is needed` : undefined;
}

/** Where the distribution keeps parts of Asterisk. */
const folderOf = (name: string, otherwise: string): string =>
  new RegExp(`^${name}\\s*=>?\\s*(\\S+)`, 'm').exec(
    readFileSync(join(ROOT, 'etc/asterisk/asterisk.conf'), 'utf8'),
  )?.[1] ?? otherwise;
const modulesFolder = (): string => folderOf('astmoddir', '/usr/lib/asterisk/modules');

const MODULES = [
  ...[
    'res_timing_timerfd',
    'res_clioriginate',
    'res_sorcery_config',
    'pbx_config',
    'res_audiosocket',
    'app_audiosocket',
    'chan_audiosocket',
  ],
  ...['res_http_websocket', 'res_websocket_client', 'chan_websocket', 'app_playback', 'app_dial', 'app_stack'],
  ...['app_chanspy', 'app_originate', 'app_senddtmf', 'res_curl', 'func_curl', 'func_callerid', 'func_channel'],
  ...[
    'func_uri',
    'func_strings',
    'codec_ulaw',
    'codec_resample',
    'format_wav',
    'bridge_simple',
    'bridge_softmix',
    'bridge_holding',
  ],
];

/** An Asterisk that runs. */
export class Asterisk {
  readonly #child: ChildProcess;
  readonly #inside: string;
  readonly #folder: string;
  #said = '';

  private constructor(folder: string, inside: string) {
    this.#folder = folder;
    this.#inside = inside;
    this.#child = spawn(...inRoot([PROGRAM, '-C', `${inside}/asterisk.conf`, '-f', '-vvv', '-n']));
    const listen = (data: Buffer): void => void (this.#said += data.toString());
    this.#child.stdout!.on('data', listen);
    this.#child.stderr!.on('data', listen);
  }

  /**
   * @param files configuration files by name; `extensions.conf` may say FOLDER for the folder of the test
   * @param sounds WAV files, for `Playback(FOLDER/<name>)`
   */
  static async start(
    files: Readonly<Record<string, string>>,
    sounds: Readonly<Record<string, Uint8Array>>,
  ): Promise<Asterisk> {
    const folder = mkdtempSync(join(ROOT, 'tmp/undertone-asterisk-'));
    const inside = folder.slice(join(ROOT, '.').replace(/\/$/, '').length);
    const places = ['astetcdir', 'astvarlibdir', 'astdbdir', 'astkeydir', 'astagidir', 'astspooldir', 'astrundir', 'astlogdir']; // prettier-ignore
    const all = {
      'asterisk.conf': [
        '[directories]',
        `astmoddir => ${modulesFolder()}`,
        // Its own documentation, without which modules do not load.
        `astdatadir => ${folderOf('astdatadir', '/usr/share/asterisk')}`,
        ...places.map((place) => `${place} => ${inside}`),
        '[options]',
        'documentation_language = en_US',
        '',
      ].join('\n'),
      'modules.conf': ['[modules]', 'autoload=no', ...MODULES.map((name) => `load = ${name}.so`), ''].join('\n'),
      'logger.conf': '[general]\n[logfiles]\nconsole => notice,warning,error,verbose\n',
      ...files,
    };
    for (const [name, text] of Object.entries(all))
      writeFileSync(join(folder, name), text.replaceAll('FOLDER', inside));
    for (const [name, bytes] of Object.entries(sounds)) writeFileSync(join(folder, name), bytes);
    const asterisk = new Asterisk(folder, inside);
    await asterisk.#isUp();
    return asterisk;
  }

  /** What it wrote to its console. */
  get said(): string {
    return this.#said;
  }

  /** Runs a command of its command line. */
  async command(text: string): Promise<string> {
    const [program, args] = inRoot([PROGRAM, '-C', `${this.#inside}/asterisk.conf`, '-rx', text]);
    return (await run(program, [...args])).stdout;
  }

  async close(): Promise<void> {
    await this.command('core stop now').catch(() => undefined);
    this.#child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #isUp(): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      const answer = await this.command('core show uptime').catch(() => '');
      if (answer.includes('uptime')) {
        await this.command('core waitfullybooted');
        return;
      }
      await sleep(100);
    }
    throw new Error(`Asterisk does not start: ${this.#said.slice(-2000)}`);
  }
}

/** A program inside the root. */
function inRoot(words: readonly string[]): [string, string[]] {
  const [program = '', ...args] = ROOT === '/' ? words : ['/usr/sbin/chroot', ROOT, ...words];
  return [program, args];
}
