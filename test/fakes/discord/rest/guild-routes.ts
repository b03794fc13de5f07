import { Router, type Request } from 'express';
import { PermissionFlagsBits } from 'discord-api-types/v10';
import type { Guild } from '../state/guild.ts';
import type { World } from '../state/world.ts';
import { readBody } from './message-body.ts';
import { ErrorCode, invalid, notFound, RestError } from './rest-error.ts';

/** Guilds, their members, and the bot's nickname. */
export function guildRoutes(world: World): Router {
  const router = Router();
  const guildOf = (request: Request): Guild => {
    const guild = world.joinedGuilds.find(({ id }) => id === request.params.guild);
    if (!guild) throw notFound(ErrorCode.unknownGuild, 'Guild');
    return guild;
  };

  router.get('/guilds/:guild', (request, response) => void response.json(guildOf(request).toJSON()));
  router.get('/guilds/:guild/channels', (request, response) => {
    response.json(guildOf(request).channels.map((channel) => channel.toJSON()));
  });
  router.get('/guilds/:guild/members', (request, response) => {
    const guild = guildOf(request);
    response.json([guild.botMember(), ...guild.members.map((member) => member.toJSON())]);
  });
  router.get('/guilds/:guild/members/:member', (request, response) => {
    const guild = guildOf(request);
    const { member: id } = request.params;
    const member = guild.members.find((one) => one.id === id);
    if (id === world.botUser.id) response.json(guild.botMember());
    else if (member) response.json(member.toJSON());
    else throw notFound(ErrorCode.unknownMember, 'Member');
  });
  router.patch('/guilds/:guild/members/@me', async (request, response) => {
    const guild = guildOf(request);
    const { body } = await readBody<{ nick?: string | null }>(request);
    if (body.nick !== undefined) {
      if ((guild.botPermissions & PermissionFlagsBits.ChangeNickname) === 0n) {
        throw new RestError(403, ErrorCode.missingPermissions, 'Missing Permissions');
      }
      if ((body.nick ?? '').length > 32) throw invalid('nick', 'Must be 32 or fewer in length.');
      guild.botNicknames.push(body.nick === '' ? null : body.nick);
      world.dispatch('GUILD_MEMBER_UPDATE', guild.id, { guild_id: guild.id, ...guild.botMember() });
    }
    response.json(guild.botMember());
  });
  return router;
}
