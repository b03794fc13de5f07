import { createHash } from 'node:crypto';
import type { Client } from 'discord.js';
import type { PluginHost } from 'undertone';
import { COMMANDS } from './definitions.ts';

/** Registers the commands for all servers, unless Discord has these very ones already. */
export async function registerCommands(client: Client<true>, { memory, log }: PluginHost): Promise<void> {
  const hash = createHash('sha256').update(JSON.stringify(COMMANDS)).digest('hex');
  const name = `commands:${client.application.id}`;
  const there = await client.application.commands.fetch();
  const isSame =
    there.size === COMMANDS.length && COMMANDS.every((own) => there.some((other) => other.name === own.name));
  if (isSame && (await memory.get(name)) === hash) return;
  await client.application.commands.set(COMMANDS);
  await memory.set(name, hash);
  log.info('the commands are registered', { commands: COMMANDS.length });
}
