import { getCiphers } from 'node:crypto';
import { generateDependencyReport } from '@discordjs/voice';
import Davey from '@snazzah/davey';
import {
  ChannelType,
  DiscordAPIError,
  PermissionFlagsBits,
  Routes,
  type APIChannel,
  type APIGuild,
  type APIGuildMember,
  type APIOverwrite,
  type APIUser,
  type REST,
  type RESTGetAPIGatewayBotResult,
  type RESTGetAPICurrentUserGuildsResult,
} from 'discord.js';
import { createOpusPacketDecoder, encodeOpusPackets, type PluginCommand, type PluginConfig } from 'undertone';
import { faultName } from './faults.ts';
import { inviteLink, PERMISSIONS } from './invite.ts';
import { restOf } from './invite-command.ts';

/** What was found of one thing. */
interface Finding {
  readonly what: string;
  readonly state: 'good' | 'warning' | 'bad';
  readonly found: string;
  /** What to do about it. */
  readonly remedy?: string;
}

const MARKS = { good: '✓', warning: '!', bad: '✗' } as const;

/** `undertone discord doctor`. */
export const doctorCommand: PluginCommand = {
  name: 'doctor',
  description: 'Check token, intents, permissions in each channel, Opus and encryption, and say what to fix.',
  examples: ['DISCORD_TOKEN=... undertone discord doctor'],
  async run({ config, json, ...call }) {
    const findings = [...localFindings(), ...(await remoteFindings(config))];
    if (json) call.print(JSON.stringify({ findings }));
    else {
      for (const { what, state, found, remedy } of findings) {
        call.print(`${MARKS[state]} ${what}: ${found}`);
        if (remedy !== undefined) call.print(`    ${remedy}`);
      }
    }
    return findings.some(({ state }) => state === 'bad') ? 1 : 0;
  },
};

/** What this machine must be able to do. */
function localFindings(): Finding[] {
  const check = (what: string, remedy: string, work: () => string): Finding => {
    try {
      return { what, state: 'good', found: work() };
    } catch (cause) {
      return { what, state: 'bad', found: `does not work (${faultName(cause)})`, remedy };
    }
  };
  const reinstall = 'Run npm ci again.';
  return [
    check('Opus', reinstall, () => {
      const [packet] = encodeOpusPackets(new Float32Array(960).fill(0.1));
      return `decodes (${createOpusPacketDecoder().decode(packet!).length} samples of 20 ms)`;
    }),
    check('Transport encryption', reinstall, () => {
      const xchacha = /(?:libsodium|sodium|@noble\/ciphers|@stablelib)[^\n]*: (?!not found)/.test(
        generateDependencyReport(),
      );
      if (!getCiphers().includes('aes-256-gcm') && !xchacha) throw new Error('no cipher');
      return `${getCiphers().includes('aes-256-gcm') ? 'AES-256-GCM' : 'no AES'}, ${xchacha ? 'XChaCha20' : 'no XChaCha20'}`;
    }),
    check('End-to-end encryption (DAVE)', reinstall, () => {
      const session = new Davey.DAVESession(Davey.DAVE_PROTOCOL_VERSION, '1', '1');
      return `version ${Davey.DAVE_PROTOCOL_VERSION}, key package of ${session.getSerializedKeyPackage().length} bytes`;
    }),
  ];
}

async function remoteFindings(config: PluginConfig): Promise<Finding[]> {
  const token = config.secret('token');
  if (token === undefined) {
    const remedy = 'Set DISCORD_TOKEN to the token of your bot: https://discord.com/developers/applications, "Bot".';
    return [{ what: 'Token', state: 'bad', found: 'not set', remedy }];
  }
  const rest = restOf(config, token);
  let user: APIUser;
  try {
    user = (await rest.get(Routes.user('@me'))) as APIUser;
  } catch (cause) {
    const isRefused = cause instanceof DiscordAPIError && cause.status === 401;
    return [
      isRefused
        ? { what: 'Token', state: 'bad', found: 'refused', remedy: 'Make a new one: "Bot", "Reset Token", and set DISCORD_TOKEN.' } // prettier-ignore
        : { what: 'Discord', state: 'bad', found: `cannot be reached (${faultName(cause)})`, remedy: 'See whether this machine may reach https://discord.com.' }, // prettier-ignore
    ];
  }
  const findings: Finding[] = [{ what: 'Token', state: 'good', found: `of the bot ${user.username}` }];
  findings.push(await gatewayFinding(rest));
  const guilds = (await rest.get(Routes.userGuilds()).catch(() => [])) as RESTGetAPICurrentUserGuildsResult;
  if (guilds.length === 0) {
    findings.push({ what: 'Servers', state: 'warning', found: 'in none', remedy: `Invite it: ${inviteLink(user.id)}` });
  }
  for (const { id, name } of guilds) findings.push(...(await guildFindings(rest, id, name, user.id)));
  return findings;
}

async function gatewayFinding(rest: REST): Promise<Finding> {
  const what = 'Gateway';
  try {
    const { shards, session_start_limit: limit } = (await rest.get(Routes.gatewayBot())) as RESTGetAPIGatewayBotResult;
    const found = `${shards} shards, ${limit.remaining} connections left today; intents: guilds, voice states (none privileged)`;
    if (limit.remaining > 10) return { what, state: 'good', found };
    return {
      what,
      state: 'warning',
      found,
      remedy: 'Something reconnects too often: see the log of what runs with this token.',
    };
  } catch (cause) {
    return { what, state: 'bad', found: faultName(cause), remedy: 'Try again later: https://discordstatus.com' };
  }
}

/** What the bot lacks in a server, and where. */
async function guildFindings(rest: REST, id: string, name: string, userId: string): Promise<Finding[]> {
  const what = `Server ${name}`;
  try {
    const [member, { roles }, channels] = (await Promise.all([
      rest.get(Routes.guildMember(id, userId)),
      rest.get(Routes.guild(id)),
      rest.get(Routes.guildChannels(id)),
    ])) as [APIGuildMember, APIGuild, APIChannel[]];
    const own = new Set([id, ...member.roles]);
    const base = roles.filter((role) => own.has(role.id)).reduce((all, role) => all | BigInt(role.permissions), 0n);
    const lacking = PERMISSIONS.filter(({ bit }) => !allows(base, bit));
    const findings: Finding[] = [
      lacking.length === 0
        ? { what, state: 'good', found: 'all permissions' }
        : {
            what,
            state: 'warning',
            found: `lacks ${lacking.map((one) => one.name).join(', ')}`,
            remedy: `Give them to its role, or invite it again: ${inviteLink(userId)}`,
          },
    ];
    for (const channel of channels) {
      const missing = missingIn(channel, base, own, id, userId);
      if (missing.length === 0) continue;
      findings.push({
        what: `${what}, channel ${channel.name ?? channel.id}`,
        state: 'warning',
        found: `lacks ${missing.join(', ')}`,
        remedy: 'Only where it is to be used: channel settings, "Permissions", its role.',
      });
    }
    return findings;
  } catch (cause) {
    return [{ what, state: 'warning', found: `cannot be looked into (${faultName(cause)})` }];
  }
}

const VOICE = ['View Channels', 'Connect', 'Speak'];
const TEXT = ['View Channels', 'Send Messages', 'Embed Links', 'Attach Files'];

/** Discord's rules ("Permissions", "Permission Overwrites"): everyone's, then roles' together, then the member's own. */
function missingIn(
  channel: APIChannel,
  base: bigint,
  own: ReadonlySet<string>,
  guildId: string,
  userId: string,
): string[] {
  const isVoice = channel.type === ChannelType.GuildVoice || channel.type === ChannelType.GuildStageVoice;
  if (!isVoice && channel.type !== ChannelType.GuildText) return [];
  const overwrites = (channel as { permission_overwrites?: APIOverwrite[] }).permission_overwrites ?? [];
  const apply = (permissions: bigint, which: (overwrite: APIOverwrite) => boolean): bigint => {
    const chosen = overwrites.filter(which);
    const deny = chosen.reduce((all, one) => all | BigInt(one.deny), 0n);
    const allow = chosen.reduce((all, one) => all | BigInt(one.allow), 0n);
    return (permissions & ~deny) | allow;
  };
  const everyone = apply(base, (one) => one.id === guildId);
  const byRoles = apply(everyone, (one) => one.id !== guildId && own.has(one.id));
  const permissions = apply(byRoles, (one) => one.id === userId);
  const needed = PERMISSIONS.filter((one) => (isVoice ? VOICE : TEXT).includes(one.name));
  if (allows(base, PermissionFlagsBits.Administrator)) return [];
  return needed.filter(({ bit }) => (permissions & bit) === 0n).map((one) => one.name);
}

const allows = (permissions: bigint, bit: bigint): boolean =>
  (permissions & (bit | PermissionFlagsBits.Administrator)) !== 0n;
