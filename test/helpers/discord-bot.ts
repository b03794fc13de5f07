// The bot as a server owner runs it: the built program in a process of its own, with a token in its environment.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostConfigInput } from '../../src/host/index.ts';
import type { FakeDiscord } from '../fakes/discord/api.ts';
import { MAIN } from './command-line.ts';

export interface BotProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Where its store and configuration are. */
  readonly folder: string;
  /** The messages of its log so far, with their facts. */
  readonly log: readonly Record<string, unknown>[];
  /** What it wrote that is no log. */
  readonly said: () => string;
  /** Asks it to end, as a terminal does, and waits. */
  stop(): Promise<number>;
  kill(): Promise<void>;
}

export interface BotOptions {
  readonly config?: HostConfigInput;
  /** That of a bot that ran before: its store is then there. */
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Of the command line. */
  readonly args?: readonly string[];
}

/** Starts the bot and waits until its commands can be used. */
export async function startBot(discord: FakeDiscord, options: BotOptions = {}): Promise<BotProcess> {
  const { config = {}, folder = mkdtempSync(join(tmpdir(), 'undertone-bot-')), environment = {}, args = [] } = options;
  mkdirSync(join(folder, 'config'), { recursive: true });
  writeFileSync(join(folder, 'config/undertone.json'), JSON.stringify({ http: { port: 0 }, ...config }));
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...discord.environment, ...environment },
  });
  const log: Record<string, unknown>[] = [];
  let [rest, other] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (other += data.toString()));
  child.stderr.on('data', (data: Buffer) => {
    const lines = (rest + data.toString()).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (line.startsWith('{')) log.push(JSON.parse(line) as Record<string, unknown>);
      else other += `${line}\n`;
    }
  });
  const ended = once(child, 'exit');
  const end = async (signal: NodeJS.Signals): Promise<number> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
    return child.exitCode ?? -1;
  };
  const kill = async (): Promise<void> => {
    await end('SIGKILL');
  };
  const bot: BotProcess = {
    ...{ child, folder, log },
    said: () => other,
    stop: () => end('SIGTERM'),
    kill,
    [Symbol.asyncDispose]: kill,
  };
  const isReady = discord.until(() => discord.bot.shards.length > 0 && discord.commands().length > 0, {
    timeoutMs: 30_000,
    what: 'the bot to be ready',
  });
  const isOver = ended.then(() => {
    throw new Error(`The bot ended: ${other}${JSON.stringify(log)}`);
  });
  try {
    await Promise.race([isReady, isOver]);
  } catch (cause) {
    await kill();
    throw cause;
  }
  return bot;
}
