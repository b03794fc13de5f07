import { ApplicationCommandType, type APIApplicationCommand } from 'discord-api-types/v10';
import { Router, type Request } from 'express';
import type { World } from '../state/world.ts';
import { readBody } from './message-body.ts';
import { ErrorCode, invalid, notFound } from './rest-error.ts';

type CommandBody = Partial<APIApplicationCommand> & { readonly name: string };

/** The bot itself, where its gateway is, and its commands. */
export function applicationRoutes(world: World): Router {
  const router = Router();
  const { applicationId: id } = world;
  const application = (): object => ({
    id,
    name: world.botUser.username,
    icon: null,
    description: '',
    bot_public: true,
    bot_require_code_grant: false,
    bot: world.botUser,
    verify_key: '00'.repeat(32),
    flags: 0,
    approximate_guild_count: world.joinedGuilds.length,
  });
  const gateway = (): object => ({ url: `${world.origin.replace('http', 'ws')}/gateway` });

  router.get('/gateway', (_request, response) => void response.json(gateway()));
  router.get('/gateway/bot', (_request, response) => {
    const { shards, sessionStarts } = world.options;
    const starts = {
      total: sessionStarts,
      remaining: Math.max(0, world.gateway.remainingStarts),
      reset_after: 86_400_000,
      max_concurrency: 16,
    };
    response.json({ ...gateway(), shards, session_start_limit: starts });
  });
  router.get('/users/@me', (_request, response) => void response.json(world.botUser));
  router.get('/users/@me/guilds', (_request, response) => {
    response.json(world.joinedGuilds.map((guild) => guild.toJSON()));
  });
  router.delete('/users/@me/guilds/:guild', (request, response) => {
    const guild = world.joinedGuilds.find((one) => one.id === request.params.guild);
    if (!guild) throw notFound(ErrorCode.unknownGuild, 'Guild');
    guild.removeBot();
    response.status(204).end();
  });
  router.get('/users/:user', (request, response) => {
    const member = world.guilds.flatMap(({ members }) => members).find((one) => one.id === request.params.user);
    const user = request.params.user === id ? world.botUser : member?.user;
    if (!user) throw notFound(ErrorCode.unknownUser, 'User');
    response.json(user);
  });
  for (const path of ['/applications/@me', '/oauth2/applications/@me']) {
    router.get(path, (_request, response) => void response.json(application()));
  }

  for (const base of [`/applications/${id}/commands`, `/applications/${id}/guilds/:guild/commands`]) {
    router.get(base, (request, response) => {
      response.json(commandsOf(world, request));
    });
    router.put(base, async (request, response) => {
      const { body } = await readBody<CommandBody[]>(request);
      const before = commandsOf(world, request);
      const after = body.map((command) => registered(world, request, command, before));
      world.commands.set(guildOf(world, request), after);
      response.json(after);
    });
    router.post(base, async (request, response) => {
      const { body } = await readBody<CommandBody>(request);
      const before = commandsOf(world, request);
      const command = registered(world, request, body, before);
      world.commands.set(guildOf(world, request), [...before.filter((one) => one.id !== command.id), command]);
      response.status(before.some((one) => one.id === command.id) ? 200 : 201).json(command);
    });
    router.patch(`${base}/:command`, async (request, response) => {
      const { body } = await readBody<Partial<CommandBody>>(request);
      const command = { ...commandOf(world, request), ...body, version: world.ids.next() } as APIApplicationCommand;
      const rest = commandsOf(world, request).filter((one) => one.id !== command.id);
      world.commands.set(guildOf(world, request), [...rest, command]);
      response.json(command);
    });
    router.delete(`${base}/:command`, (request, response) => {
      const gone = commandOf(world, request);
      const rest = commandsOf(world, request).filter((one) => one.id !== gone.id);
      world.commands.set(guildOf(world, request), rest);
      response.status(204).end();
    });
  }
  return router;
}

/** The guild whose commands a request is about; '' for everywhere. */
function guildOf(world: World, request: Request): string {
  const guild = request.params.guild as string | undefined;
  if (guild === undefined) return '';
  if (!world.joinedGuilds.some(({ id }) => id === guild)) throw notFound(ErrorCode.unknownGuild, 'Guild');
  return guild;
}

const commandsOf = (world: World, request: Request): readonly APIApplicationCommand[] =>
  world.commands.get(guildOf(world, request)) ?? [];

function commandOf(world: World, request: Request): APIApplicationCommand {
  const command = commandsOf(world, request).find(({ id }) => id === request.params.command);
  if (!command) throw notFound(ErrorCode.unknownCommand, 'application command');
  return command;
}

/** A command as it is kept: one of the same name and type keeps its id. */
function registered(
  world: World,
  request: Request,
  body: CommandBody,
  before: readonly APIApplicationCommand[],
): APIApplicationCommand {
  const type = body.type ?? ApplicationCommandType.ChatInput;
  if (type === ApplicationCommandType.ChatInput && !/^[-_'\p{L}\p{N}]{1,32}$/u.test(body.name))
    throw invalid('name', 'Command name is invalid');
  if (type === ApplicationCommandType.ChatInput && !body.description)
    throw invalid('description', 'This field is required');
  const guild = guildOf(world, request);
  return {
    default_member_permissions: null,
    nsfw: false,
    description: '',
    ...body,
    type,
    id: before.find((one) => one.name === body.name && one.type === type)?.id ?? world.ids.next(),
    application_id: world.applicationId,
    version: world.ids.next(),
    ...(guild !== '' && { guild_id: guild }),
  };
}
