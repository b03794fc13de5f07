import { once } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Client, DiscordAPIError } from 'discord.js';
import {
  ActionRowBuilder,
  AttachmentBuilder,
  ButtonBuilder,
  ButtonStyle,
  Events,
  GatewayIntentBits,
  LabelBuilder,
  MessageFlags,
  ModalBuilder,
  PermissionFlagsBits,
  REST,
  Routes,
  TextInputBuilder,
  TextInputStyle,
  type Interaction,
  type RateLimitData,
  type TextChannel,
} from 'discord.js';
import { startFakeDiscord, type FakeDiscord, type FakeDiscordOptions } from '../../../fakes/discord/index.ts';
import { connect } from './plain-bot.ts';

let discord: FakeDiscord;
let client: Client<true>;

afterEach(async () => {
  await client.destroy();
  await discord.stop();
});

async function begin(options: FakeDiscordOptions = {}): Promise<TextChannel> {
  discord = await startFakeDiscord(options);
  client = await connect(discord);
  const { id } = discord.guilds[0]!.textChannel();
  return client.channels.cache.get(id) as TextChannel;
}

const PNG = Buffer.from('89504e470d0a1a0a0000000d4948445200000140000000f0', 'hex');

describe('messages', () => {
  test('are posted, edited with their history, and deleted; files are there to download', async () => {
    const channel = await begin();
    const fake = discord.guild().textChannel();
    const file = new AttachmentBuilder(PNG, { name: 'report.png', description: 'a report' });
    const message = await channel.send({
      content: 'one',
      embeds: [{ image: { url: 'attachment://report.png' } }],
      files: [file],
    });
    const attachment = message.attachments.first()!;
    expect(attachment).toMatchObject({ name: 'report.png', width: 320, height: 240, description: 'a report' });
    expect(message.embeds[0]!.image!.url).toBe(attachment.url);
    expect(Buffer.from(await (await fetch(attachment.url)).arrayBuffer())).toEqual(PNG);
    await message.edit('two');
    await message.edit({ content: 'three', attachments: [] });
    expect(fake.messages).toHaveLength(1);
    expect(fake.messages[0]).toMatchObject({ content: 'three', attachments: [] });
    expect(fake.messages[0]!.history.map(({ content, attachments }) => [content, attachments.length])).toEqual([
      ['one', 1],
      ['two', 1],
    ]);
    await message.delete();
    expect([fake.messages.length, fake.deletedMessages.length]).toEqual([0, 1]);
  });

  test('that break a rule, or for which the bot lacks a permission, are refused with the code of it', async () => {
    const channel = await begin();
    const code = async (attempt: Promise<unknown>): Promise<unknown> =>
      attempt.then(
        () => 'accepted',
        (error: unknown) => (error as DiscordAPIError).code,
      );
    expect(await code(channel.send({ content: 'x'.repeat(2_001) }))).toBe(50_035);
    expect(await code(channel.send({ content: 'x', flags: MessageFlags.IsComponentsV2 }))).toBe(50_035);
    expect(await code(client.rest.post(Routes.channelMessages(channel.id), { body: {} }))).toBe(50_006);
    expect(await code(channel.messages.fetch('1'))).toBe(10_008);
    discord.guild().textChannel().setDeniedToBot(PermissionFlagsBits.SendMessages);
    expect(await code(channel.send('x'))).toBe(50_013);
    discord.guild().textChannel().setDeniedToBot(PermissionFlagsBits.ViewChannel);
    expect(await code(channel.send('x'))).toBe(50_001);
    const stranger = new REST({ api: discord.restBase }).setToken('wrong');
    expect(await stranger.get(Routes.user()).catch((error: unknown) => (error as DiscordAPIError).status)).toBe(401);
  });

  test('of members reach the bot, voice messages with their sound', async () => {
    await begin();
    await client.destroy();
    client = await connect(discord, { intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages] });
    const came = once(client, Events.MessageCreate);
    const sound = { name: 'voice-message.ogg', bytes: Buffer.from('OggS') };
    discord
      .guild()
      .member('alice')
      .post(discord.guild().textChannel(), { files: [sound], voiceSeconds: 3 });
    const [message] = (await came) as [{ flags: { has: (flag: number) => boolean }; attachments: Map<string, object> }];
    expect(message.flags.has(MessageFlags.IsVoiceMessage)).toBe(true);
    expect([...message.attachments.values()][0]).toMatchObject({ duration: 3, contentType: 'audio/ogg' });
  });
});

describe('limits and faults', () => {
  test("edits beyond five in five seconds wait, as discord.js's queue has it", async () => {
    const channel = await begin({ rateLimits: { messageEdits: { limit: 2, windowMs: 400 } } });
    const limited: RateLimitData[] = [];
    client.rest.on('rateLimited', (data) => limited.push(data));
    const message = await channel.send('0');
    for (let i = 1; i <= 3; i++) await message.edit(String(i));
    expect(limited).toHaveLength(1);
    expect(limited[0]).toMatchObject({ limit: 2, global: false });
    expect(discord.requests.some(({ status }) => status === 429)).toBe(false);
  });

  test('a client that does not look at the headers is refused', async () => {
    const channel = await begin({ rateLimits: { messagePosts: { limit: 1, windowMs: 5_000 } } });
    const post = async (): Promise<Response> =>
      fetch(`${discord.restBase}/v10/channels/${channel.id}/messages`, {
        method: 'POST',
        headers: { authorization: `Bot ${discord.token}`, 'content-type': 'application/json' },
        body: '{"content":"x"}',
      });
    expect((await post()).headers.get('x-ratelimit-remaining')).toBe('0');
    const refused = await post();
    expect(refused.status).toBe(429);
    const { retry_after, global } = (await refused.json()) as { retry_after: number; global: boolean };
    expect(retry_after).toBeGreaterThan(4);
    expect(global).toBe(false);
  });

  test('429 and 5xx on order; discord.js tries again', async () => {
    const channel = await begin();
    discord.faults.answer429({ method: 'POST', path: '/messages' }, { retryAfter: 0.05 });
    discord.faults.answer500({ method: 'POST', path: /messages$/ }, { count: 2, status: 502 });
    await channel.send('at last');
    expect(
      discord
        .guild()
        .textChannel()
        .messages.map(({ content }) => content),
    ).toEqual(['at last']);
    expect(discord.requests.map(({ status }) => status)).toEqual(expect.arrayContaining([429, 502, 200]));
  });

  test('Discord is gone for a while; the session is resumed with what was missed', async () => {
    await begin();
    const resumed = once(client, Events.ShardResume);
    const missed = once(client, Events.ChannelCreate);
    const back = discord.faults.goAway(300);
    discord.guild().addChannel({ name: 'made meanwhile' });
    await expect(fetch(`${discord.restBase}/v10/gateway`)).rejects.toThrow();
    await back;
    await resumed;
    expect(((await missed)[0] as { name: string }).name).toBe('made meanwhile');
  }, 15_000);
});

describe('the gateway', () => {
  test('resumes; where it cannot, the client identifies anew', async () => {
    await begin();
    const resumed = once(client, Events.ShardResume);
    discord.faults.closeGateway();
    await resumed;
    const readyAgain = once(client, Events.ShardReady);
    discord.faults.closeGateway({ resumable: false });
    await readyAgain;
    expect(discord.bot.shards).toEqual([{ id: 0, count: 1, intents: 129 }]);
  }, 15_000);

  test('shares guilds among shards', async () => {
    discord = await startFakeDiscord({ guilds: [{ name: 'a' }, { name: 'b' }, { name: 'c' }], shards: 2 });
    client = await connect(discord, { shards: 'auto' });
    expect(client.guilds.cache.size).toBe(3);
    expect(discord.bot.shards.map(({ id, count }) => [id, count])).toEqual([
      [0, 2],
      [1, 2],
    ]);
    expect(new Set(client.guilds.cache.map(({ shardId }) => shardId)).size).toBe(2);
  });

  test('the bot is invited to a guild, and thrown out of it', async () => {
    await begin();
    const joined = once(client, Events.GuildCreate);
    const guild = discord.addGuild({ name: 'another' });
    await joined;
    const left = once(client, Events.GuildDelete);
    guild.removeBot();
    await left;
    expect(client.guilds.cache.size).toBe(1);
  });
});

describe('interactions', () => {
  const COMMANDS = [
    {
      name: 'emotion',
      description: 'Emotions',
      options: [
        {
          name: 'show',
          description: 'Show',
          type: 1,
          options: [
            { name: 'whom', description: 'Whom', type: 6, required: true },
            { name: 'minutes', description: 'Minutes', type: 4, max_value: 60 },
          ],
        },
      ],
    },
    { name: 'secret', description: 'Secret', default_member_permissions: '32' },
    { name: 'Look', type: 2 },
  ];

  async function answering(answer: (interaction: Interaction) => Promise<unknown>): Promise<void> {
    await begin();
    await client.application.commands.set(COMMANDS);
    client.on(Events.InteractionCreate, (interaction) => void answer(interaction));
  }

  test('commands are registered once, keep their ids, and are answered', async () => {
    await answering(async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      const whom = interaction.options.getUser('whom', true);
      await interaction.reply({
        content: `${interaction.options.getSubcommand()} ${whom.username}`,
        flags: MessageFlags.Ephemeral,
      });
      await interaction.editReply('edited');
      await interaction.followUp('followed');
    });
    const ids = discord.commands().map(({ id }) => id);
    await client.application.commands.set(COMMANDS);
    expect(discord.commands().map(({ id }) => id)).toEqual(ids);
    const guild = discord.guild();
    const [alice, bob] = [guild.member('alice'), guild.member('bob')];
    const answer = await alice.interact({ command: 'emotion show', options: { whom: bob, minutes: 5 } });
    expect(answer.ephemeral).toBe(true);
    await discord.until(() => answer.followUps.length === 1);
    expect(answer.reply!.history[0]!.content).toBe('show bob');
    expect(answer.reply!.content).toBe('edited');
    expect(guild.textChannel().messages.map(({ content }) => content)).toEqual(['followed']);
    await expect(alice.interact({ command: 'emotion show' })).rejects.toThrow('needs the option "whom"');
    await expect(alice.interact({ command: 'emotion show', options: { whom: bob, minutes: 61 } })).rejects.toThrow(
      'within',
    );
    await expect(alice.interact({ command: 'secret' })).rejects.toThrow('does not see');
    await expect(alice.interact({ command: 'other' })).rejects.toThrow('no command "other"');
  });

  test('a deferred answer, a button that updates its message, a modal, a context menu', async () => {
    await answering(async (interaction) => {
      if (interaction.isUserContextMenuCommand()) {
        await interaction.deferReply();
        const button = new ButtonBuilder().setCustomId('ask').setLabel('Ask').setStyle(ButtonStyle.Primary);
        const row = new ActionRowBuilder<ButtonBuilder>().addComponents(button);
        await interaction.editReply({ content: `looked at ${interaction.targetUser.username}`, components: [row] });
      } else if (interaction.isButton()) {
        const field = new TextInputBuilder().setCustomId('why').setStyle(TextInputStyle.Short);
        const label = new LabelBuilder().setLabel('Why').setTextInputComponent(field);
        await interaction.showModal(new ModalBuilder().setCustomId('form').setTitle('Form').addLabelComponents(label));
      } else if (interaction.isModalSubmit() && interaction.isFromMessage()) {
        await interaction.update({ content: interaction.fields.getTextInputValue('why'), components: [] });
      }
    });
    const guild = discord.guild();
    const looked = await guild.member('alice').interact({ contextMenu: 'Look', target: guild.member('bob') });
    expect(looked).toMatchObject({ deferred: true, ephemeral: false });
    const message = looked.reply!;
    expect(message.text).toBe('looked at bob\nAsk');
    const asked = await guild.member('bob').interact({ button: 'Ask', message });
    expect(asked.modal!.title).toBe('Form');
    const submitted = await guild.member('bob').interact({ modal: asked, fields: { why: 'because' } });
    expect(submitted.updated).toBe(true);
    expect(message.content).toBe('because');
    await expect(guild.member('bob').interact({ button: 'Ask', message })).rejects.toThrow('has no "Ask"');
  });

  test('nickname and voice status', async () => {
    await begin();
    const guild = discord.guild();
    await client.guilds.cache.first()!.members.me!.setNickname('[listening]');
    await client.rest.put(`/channels/${guild.voiceChannel().id}/voice-status`, { body: { status: 'calm' } });
    expect(guild.botNickname).toBe('[listening]');
    expect(guild.voiceChannel().voiceStatuses).toEqual(['calm']);
  });
});
