import express, { type Request, type Response } from 'express';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { FakeDiscord, FakeGuild, FakeMember, FakeMessage, InteractionInput, OptionValue } from '../api.ts';
import { pageState, type Shown } from './page-state.ts';
import { recordedVoice, syntheticVoice } from './voices.ts';

const KEPT_ANSWERS = 30;
const MAX_RECORDING = '50mb';

/** What the page asks for: one of these, for a member of a guild. */
interface Order {
  readonly guild: string;
  readonly member: string;
  readonly channel?: string;
  readonly name?: string;
  readonly command?: string;
  readonly contextMenu?: string;
  readonly target?: string;
  readonly message?: string;
  readonly component?: string;
  readonly values?: readonly string[];
  readonly answer?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly seconds?: number;
}

export interface Page {
  readonly url: string;
  close(): Promise<void>;
}

/** A page on loopback from which a developer drives the fake. */
export async function servePage(discord: FakeDiscord, port: number): Promise<Page> {
  const app = express();
  const driver = new Driver(discord);
  app.disable('x-powered-by').use(onlyFromHere);
  app.get('/', (_request, response) => {
    response.type('html').send(readFileSync(new URL('page.html', import.meta.url), 'utf8'));
  });
  app.get('/state', (_request, response) => void response.json(pageState(discord, driver.shown)));
  app.get('/events', (request, response) => {
    events(discord, request, response);
  });
  app.post('/say', express.raw({ type: () => true, limit: MAX_RECORDING }), async (request, response) => {
    const { guild, member } = request.query as Record<string, string>;
    const bytes = request.body as Uint8Array | undefined;
    await answerWith(response, async () => driver.speak(guild!, member!, bytes));
  });
  app.post('/do/:action', express.json(), async (request, response) => {
    await answerWith(response, async () => driver.act(request.params.action, request.body as Order));
  });
  const server = app.listen(port, '127.0.0.1');
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Other sites' pages can reach loopback as well: they get nothing, and cannot order anything. */
function onlyFromHere(request: Request, response: Response, next: () => void): void {
  const { host = '', origin } = request.headers;
  const here = /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host) && (origin === undefined || origin === `http://${host}`);
  if (here) next();
  else response.status(403).end();
}

async function answerWith(response: Response, act: () => Promise<void>): Promise<void> {
  try {
    await act();
    response.json({});
  } catch (error) {
    response.status(400).json({ error: error instanceof Error ? error.message : String(error) });
  }
}

/** Server-sent events: one whenever something changed, at most ten a second. */
function events(discord: FakeDiscord, request: Request, response: Response): void {
  response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-cache' }).flushHeaders();
  let timer: NodeJS.Timeout | undefined;
  const unwatch = discord.watch(() => {
    timer ??= setTimeout(() => {
      timer = undefined;
      response.write('data: changed\n\n');
    }, 100);
  });
  request.on('close', () => {
    clearTimeout(timer);
    unwatch();
  });
}

/** Does what the page asks for. */
class Driver {
  readonly #discord: FakeDiscord;
  #shown: Shown[] = [];

  constructor(discord: FakeDiscord) {
    this.#discord = discord;
  }

  get shown(): readonly Shown[] {
    return this.#shown;
  }

  async speak(guildId: string, memberId: string, recording: Uint8Array | undefined): Promise<void> {
    const guild = this.#discord.guild(guildId);
    const member = guild.member(memberId);
    const index = guild.members.indexOf(member);
    const speech =
      recording instanceof Uint8Array && recording.length > 0 ? await recordedVoice(recording) : syntheticVoice(index);
    if (!member.voiceChannel) await member.join();
    void member.say(speech);
  }

  async act(action: string, order: Order): Promise<void> {
    const guild = this.#discord.guild(order.guild);
    if (action === 'add-member') {
      guild.addMember({ name: order.name ?? 'somebody' });
      return;
    }
    const member = guild.member(order.member);
    if (action === 'join') await member.join(order.channel === undefined ? undefined : guild.channel(order.channel));
    else if (action === 'leave') member.leave();
    else if (action === 'stop') member.stop();
    else await this.#interact(guild, member, this.#input(action, order, guild));
  }

  #input(action: string, order: Order, guild: FakeGuild): InteractionInput {
    const channel = order.channel === undefined ? {} : { channel: guild.channel(order.channel) };
    const { component = '', values = [], fields = {} } = order;
    switch (action) {
      case 'command':
        return { ...parseCommand(order.command ?? '', guild), ...channel };
      case 'context-menu':
        return { contextMenu: order.contextMenu ?? '', target: guild.member(order.target ?? ''), ...channel };
      case 'press':
        return { button: component, message: this.#message(guild, order.message) };
      case 'select':
        return { select: component, values, message: this.#message(guild, order.message) };
      case 'submit': {
        const one = this.#shown.find(({ id }) => id === order.answer);
        if (!one) throw new Error('this form is gone');
        return { modal: one.answer, fields };
      }
      default:
        throw new Error(`there is nothing like "${action}"`);
    }
  }

  async #interact(guild: FakeGuild, member: FakeMember, input: InteractionInput): Promise<void> {
    const answer = await member.interact(input);
    const one: Shown = { id: answer.interactionId, guildId: guild.id, member: member.name, answer };
    this.#shown = [...this.#shown, one].slice(-KEPT_ANSWERS);
  }

  #message(guild: FakeGuild, id: string | undefined): FakeMessage {
    const answers = this.#shown.flatMap(({ answer }) => [answer.reply, ...answer.followUps]);
    const all = [...guild.channels.flatMap(({ messages }) => messages), ...answers];
    const message = all.find((one) => one?.id === id);
    if (!message) throw new Error('this message is gone');
    return message;
  }
}

/** `/emotion show whom:@bob minutes:5` as an interaction. */
function parseCommand(line: string, guild: FakeGuild): { command: string; options: Record<string, OptionValue> } {
  const words =
    line
      .trim()
      .replace(/^\//, '')
      .match(/[^\s:]+:"[^"]*"|\S+/g) ?? [];
  const isOption = (word: string): boolean => word.includes(':');
  const options = words.filter(isOption).map((word): [string, OptionValue] => {
    const [name, value] = [word.slice(0, word.indexOf(':')), word.slice(word.indexOf(':') + 1)];
    return [name, optionValue(value, guild)];
  });
  return { command: words.filter((word) => !isOption(word)).join(' '), options: Object.fromEntries(options) };
}

function optionValue(text: string, guild: FakeGuild): OptionValue {
  if (text.startsWith('@')) return guild.member(text.slice(1));
  if (text.startsWith('#')) return guild.channel(text.slice(1));
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return text.replace(/^"(.*)"$/, '$1');
}
