import { REST, Routes, type RESTGetAPICurrentUserResult } from 'discord.js';
import { UndertoneError, type PluginCommand, type PluginConfig } from 'undertone';
import { applicationIdOf, INVITE_PERMISSIONS, inviteLink, PERMISSIONS } from './invite.ts';

/** `undertone discord invite`. */
export const inviteCommand: PluginCommand = {
  name: 'invite',
  description: "Print the link by which a server's owner adds the bot.",
  options: [{ flags: '--application <id>', description: "the application's id (default: that of DISCORD_TOKEN)" }],
  examples: ['DISCORD_TOKEN=... undertone discord invite', 'undertone discord invite --application 123456789012345678'],
  async run({ config, options, json, ...call }) {
    const print = (line: string): void => {
      call.print(line);
    };
    const id = typeof options.application === 'string' ? options.application : await applicationId(config);
    const url = inviteLink(id);
    if (json) {
      const permissions = PERMISSIONS.map(({ name, why }) => ({ name, why }));
      print(JSON.stringify({ url, permissions: INVITE_PERMISSIONS.toString(), names: permissions }));
      return 0;
    }
    print(url);
    print('\nIt asks for these permissions, and no more:');
    for (const { name, why } of PERMISSIONS) print(`  ${name}: to ${why}`);
    return 0;
  },
};

/** The token says it; where it does not look so, Discord does. */
async function applicationId(config: PluginConfig): Promise<string> {
  const token = config.secret('token');
  if (token === undefined) {
    throw new UndertoneError('USAGE', {
      subject: 'discord invite',
      problem: 'knows neither the token nor the application',
      remedy: 'Set DISCORD_TOKEN, or give --application <id> ("General Information" of your application).',
    });
  }
  const id = applicationIdOf(token);
  if (id !== undefined) return id;
  const { id: asked } = (await restOf(config, token).get(Routes.user('@me'))) as RESTGetAPICurrentUserResult;
  return asked;
}

/** Discord's REST API, or what stands in for it. */
export function restOf(config: PluginConfig, token: string): REST {
  const api = config.secret('apiBase')?.replace(/\/$/, '');
  return new REST({ version: '10', timeout: 10_000, retries: 1, ...(api !== undefined && { api }) }).setToken(token);
}
