import { MessageFlags, PermissionFlagsBits, type APIOverwrite } from 'discord-api-types/v10';
import { Router, type Request } from 'express';
import type { Channel } from '../state/channel.ts';
import { Message } from '../state/message.ts';
import type { World } from '../state/world.ts';
import { checkMessage, readBody, shownBy, type MessageBody } from './message-body.ts';
import { ErrorCode, invalid, notFound, RestError } from './rest-error.ts';

/** Channels and their messages. */
export function channelRoutes(world: World): Router {
  const router = Router();
  const channelOf = (request: Request): Channel => {
    const channel = world.channel(request.params.channel as string);
    if (!channel) throw notFound(ErrorCode.unknownChannel, 'Channel');
    require(channel, PermissionFlagsBits.ViewChannel);
    return channel;
  };
  const messageOf = (request: Request): Message => {
    const message = channelOf(request).message(request.params.message as string);
    if (!message) throw notFound(ErrorCode.unknownMessage, 'Message');
    return message;
  };
  const own = (message: Message): Message => {
    if (message.authorId === world.botUser.id) return message;
    throw new RestError(403, ErrorCode.cannotEditOthers, 'Cannot edit a message authored by another user');
  };

  router.get('/channels/:channel', (request, response) => void response.json(channelOf(request).toJSON()));
  router.get('/channels/:channel/messages', (request, response) => {
    const limit = Number(request.query.limit ?? 50);
    response.json(channelOf(request).messages.slice(-limit).reverse());
  });
  router.get('/channels/:channel/messages/:message', (request, response) => void response.json(messageOf(request)));
  router.post('/channels/:channel/messages', async (request, response) => {
    const channel = channelOf(request);
    const form = await readBody<MessageBody>(request);
    require(channel, PermissionFlagsBits.SendMessages);
    const flags = (form.body.flags ?? 0) & ~MessageFlags.Ephemeral;
    const shown = shownBy(world.attachments, channel.id, form);
    if (form.files.length > 0) require(channel, PermissionFlagsBits.AttachFiles);
    if (shown.embeds.length > 0) require(channel, PermissionFlagsBits.EmbedLinks);
    checkMessage(shown, flags);
    const message = new Message(
      {
        id: world.ids.next(),
        channelId: channel.id,
        guildId: channel.guild.id,
        author: world.botUser,
        flags,
        allowedMentions: form.body.allowed_mentions,
        replyTo: form.body.message_reference?.message_id,
      },
      shown,
    );
    channel.messages.push(message);
    world.dispatch('MESSAGE_CREATE', channel.guild.id, { ...message.toJSON(), guild_id: channel.guild.id });
    response.json(message);
  });
  router.patch('/channels/:channel/messages/:message', async (request, response) => {
    const message = own(messageOf(request));
    const form = await readBody<MessageBody>(request);
    const shown = shownBy(world.attachments, message.channelId, form, message);
    const flags = form.body.flags ?? message.flags;
    checkMessage(shown, flags);
    message.edit(shown, flags);
    const { guild } = channelOf(request);
    world.dispatch('MESSAGE_UPDATE', guild.id, { ...message.toJSON(), guild_id: guild.id });
    response.json(message);
  });
  router.delete('/channels/:channel/messages/:message', (request, response) => {
    const channel = channelOf(request);
    const message = messageOf(request);
    if (message.authorId !== world.botUser.id) require(channel, PermissionFlagsBits.ManageMessages);
    removeMessage(world, channel, message);
    response.status(204).end();
  });
  router.put('/channels/:channel/voice-status', async (request, response) => {
    const channel = channelOf(request);
    const { body } = await readBody<{ status?: string | null }>(request);
    if (channel.type !== 'voice') throw invalid('channel_id', 'Must be a voice channel.');
    require(channel, PermissionFlagsBits.SetVoiceChannelStatus);
    if ((body.status ?? '').length > 500) throw invalid('status', 'Must be 500 or fewer in length.');
    channel.voiceStatuses.push(body.status ?? '');
    const { guild, id } = channel;
    world.dispatch('VOICE_CHANNEL_STATUS_UPDATE', guild.id, { id, guild_id: guild.id, status: body.status ?? null });
    response.status(204).end();
  });
  router.put('/channels/:channel/permissions/:overwrite', async (request, response) => {
    const channel = channelOf(request);
    require(channel, PermissionFlagsBits.ManageRoles);
    const { body } = await readBody<Partial<APIOverwrite> & Pick<APIOverwrite, 'type'>>(request);
    const id = request.params.overwrite;
    channel.overwrites.set(id, { allow: '0', deny: '0', ...body, id });
    world.dispatch('CHANNEL_UPDATE', channel.guild.id, channel.toJSON());
    response.status(204).end();
  });
  router.post('/channels/:channel/typing', (request, response) => {
    channelOf(request);
    response.status(204).end();
  });
  return router;
}

/** The bot must have this permission in the channel. */
function require(channel: Channel, permission: bigint): void {
  if ((channel.guild.botPermissionsIn(channel) & permission) !== 0n) return;
  if (permission === PermissionFlagsBits.ViewChannel) {
    throw new RestError(403, ErrorCode.missingAccess, 'Missing Access');
  }
  throw new RestError(403, ErrorCode.missingPermissions, 'Missing Permissions');
}

export function removeMessage(world: World, channel: Channel, message: Message): void {
  channel.messages.splice(channel.messages.indexOf(message), 1);
  channel.deletedMessages.push(message);
  const { guild, id } = channel;
  world.dispatch('MESSAGE_DELETE', guild.id, { id: message.id, channel_id: id, guild_id: guild.id });
}
