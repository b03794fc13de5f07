// Servers in which alice and bob are in voice, have agreed to be heard, and the bot listens.
import type {
  FakeChannel,
  FakeDiscord,
  FakeDiscordOptions,
  FakeGuild,
  FakeMember,
  FakeMessage,
} from '../fakes/discord/api.ts';
import { startFakeDiscord } from '../fakes/discord/fake-discord.ts';
import { startBot, type BotProcess } from './discord-bot.ts';

/** A Discord without servers, and the bot that is connected to it. */
export class DiscordStage implements AsyncDisposable {
  readonly discord: FakeDiscord;
  readonly bot: BotProcess;
  readonly #shards: number;

  private constructor(discord: FakeDiscord, bot: BotProcess, shards: number) {
    this.discord = discord;
    this.bot = bot;
    this.#shards = shards;
  }

  static async begin(options: Omit<FakeDiscordOptions, 'guilds'> = {}): Promise<DiscordStage> {
    const discord = await startFakeDiscord({ ...options, guilds: [] });
    try {
      // Nothing that is heard is uncertain: whether alerts come does not hang on who speaks.
      const bot = await startBot(discord, { config: { abstainBelow: 0 } });
      return new DiscordStage(discord, bot, options.shards ?? 1);
    } catch (cause) {
      await discord.stop();
      throw cause;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bot.kill();
    await this.discord.stop();
  }

  /**
   * The bot is invited to one more server, of its own, and begins to listen.
   * @param prepare is called before anybody is in voice
   */
  async scene({ shard = 0, prepare }: SceneOptions = {}): Promise<DiscordScene> {
    const { discord, bot } = this;
    const guild = this.#newGuild(shard);
    await prepare?.(guild);
    const [owner, alice, bob] = [guild.member('owner'), guild.member('alice'), guild.member('bob')];
    await Promise.all([alice.join(), bob.join()]);
    await owner.interact({ command: 'emotion join', options: { channel: guild.voiceChannel() } });
    const text = guild.textChannel();
    const panel = await discord.until(() => text.messages.find((message) => message.text.includes('Listening')));
    for (const member of [alice, bob]) await member.interact({ button: 'Opt in', message: panel });
    await discord.until(() => guild.botVoice.ready && panel.text.includes('alice') && panel.text.includes('bob'));
    return { discord, bot, guild, owner, alice, bob, panel, text };
  }

  /** Servers belong to shards by their ids. */
  #newGuild(shard: number): FakeGuild {
    for (;;) {
      const guild = this.discord.addGuild({ name: 'Test' });
      if (Number((BigInt(guild.id) >> 22n) % BigInt(this.#shards)) === shard) return guild;
    }
  }
}

export interface SceneOptions {
  readonly shard?: number | undefined;
  readonly prepare?: (guild: FakeGuild) => Promise<void>;
}

export interface DiscordScene extends Pick<DiscordStage, 'discord' | 'bot'> {
  readonly guild: FakeGuild;
  readonly owner: FakeMember;
  readonly alice: FakeMember;
  readonly bob: FakeMember;
  readonly panel: FakeMessage;
  readonly text: FakeChannel;
}

/** What is said has pauses in it, which are not counted. */
const LEAST_SHARE = 0.5;

/** How long somebody was heard to speak, by the panel, in seconds. */
function heardSeconds(panel: FakeMessage, name: string): number {
  const [, minutes, seconds] =
    new RegExp(`\\*\\*${name}\\*\\*[^\\n]*\\n[^\\n]*talked (\\d+):(\\d+)`).exec(panel.text) ?? [];
  return 60 * Number(minutes ?? 0) + Number(seconds ?? 0);
}

/** Waits until the panel shows so much of what somebody said. */
export async function heard({ discord, panel }: DiscordScene, name: string, seconds: number): Promise<void> {
  await discord.until(() => heardSeconds(panel, name) >= LEAST_SHARE * seconds, {
    what: `${name} to be heard`,
    timeoutMs: 20_000,
  });
}

/** What the bot answers to who asks how it goes. */
export async function status({ owner }: DiscordScene): Promise<string> {
  return (await owner.interact({ command: 'emotion status' })).reply!.text;
}
