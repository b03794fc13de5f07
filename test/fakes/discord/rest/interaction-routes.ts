import { InteractionResponseType, MessageFlags, type APIInteractionResponse } from 'discord-api-types/v10';
import { Router, type Request } from 'express';
import type { Answer } from '../interactions/answer.ts';
import { Message } from '../state/message.ts';
import type { World } from '../state/world.ts';
import { removeMessage } from './channel-routes.ts';
import { checkMessage, readBody, shownBy, type MessageBody, type UploadedFile } from './message-body.ts';
import { ErrorCode, notFound, RestError } from './rest-error.ts';

interface MessageForm {
  readonly body: MessageBody;
  readonly files: readonly UploadedFile[];
}

/** Answers to interactions: the first one, what follows, and changes of both. */
export function interactionRoutes(world: World): Router {
  const router = Router();
  const answers = new AnswerWriter(world);

  router.post('/interactions/:id/:token/callback', async (request, response) => {
    const answer = world.interactions.awaiting(request.params.id, request.params.token);
    if (!answer) throw notFound(ErrorCode.unknownInteraction, 'interaction');
    if (answer.acknowledged) {
      throw new RestError(400, ErrorCode.alreadyAcknowledged, 'Interaction has already been acknowledged.');
    }
    const { body, files } = await readBody<APIInteractionResponse>(request);
    answers.begin(answer, body, files);
    answer.acknowledge();
    world.changes.changed();
    if (request.query.with_response !== 'true') return void response.status(204).end();
    response.json({
      interaction: { id: answer.interactionId, type: 2, response_message_id: answer.original?.id ?? null },
      resource: { type: body.type, ...(answer.original && { message: answer.original.toJSON() }) },
    });
  });

  const answerOf = (request: Request): Answer => {
    if (request.params.application !== world.applicationId) throw notFound(ErrorCode.unknownWebhook, 'Webhook');
    const answer = world.interactions.withToken(request.params.token as string);
    if (!answer) throw new RestError(401, ErrorCode.invalidWebhookToken, 'Invalid Webhook Token');
    if (!answer.acknowledged) throw notFound(ErrorCode.unknownWebhook, 'Webhook');
    return answer;
  };
  const messageOf = (request: Request): Message => {
    const answer = answerOf(request);
    const { message: id } = request.params;
    const message = id === '@original' ? answer.original : answer.followUps.find((one) => one.id === id);
    if (!message) throw notFound(ErrorCode.unknownMessage, 'Message');
    return message;
  };

  router.post('/webhooks/:application/:token', async (request, response) => {
    const answer = answerOf(request);
    response.json(answers.followUp(answer, await readBody<MessageBody>(request)));
  });
  router.get('/webhooks/:application/:token/messages/:message', (request, response) => {
    response.json(messageOf(request));
  });
  router.patch('/webhooks/:application/:token/messages/:message', async (request, response) => {
    const message = messageOf(request);
    answers.edit(answerOf(request), message, await readBody<MessageBody>(request));
    response.json(message);
  });
  router.delete('/webhooks/:application/:token/messages/:message', (request, response) => {
    const message = messageOf(request);
    const { channel } = answerOf(request).occasion;
    if (!message.ephemeral) removeMessage(world, channel, message);
    response.status(204).end();
  });
  return router;
}

/** Posts and changes the messages of answers. */
class AnswerWriter {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  begin(answer: Answer, response: APIInteractionResponse, files: readonly UploadedFile[]): void {
    // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- other types are refused
    switch (response.type) {
      case InteractionResponseType.ChannelMessageWithSource:
        answer.original = this.#post(answer, { body: response.data as MessageBody, files });
        break;
      case InteractionResponseType.DeferredChannelMessageWithSource:
        answer.deferred = true;
        answer.original = this.#placeholder(answer, response.data?.flags ?? 0);
        break;
      case InteractionResponseType.DeferredMessageUpdate:
        answer.deferred = true;
        answer.updated = true;
        answer.original = answer.occasion.message;
        break;
      case InteractionResponseType.UpdateMessage:
        answer.updated = true;
        answer.original = answer.occasion.message;
        this.edit(answer, answer.occasion.message!, { body: response.data as MessageBody, files });
        break;
      case InteractionResponseType.ApplicationCommandAutocompleteResult:
        answer.choices = [...(response.data.choices ?? [])];
        break;
      case InteractionResponseType.Modal:
        answer.modal = response.data;
        break;
        throw new RestError(400, ErrorCode.invalidForm, 'Invalid Form Body');
    }
  }

  /** One more message; the first after a deferred answer takes its place. */
  followUp(answer: Answer, form: MessageForm): Message {
    if (answer.original?.loading) {
      this.edit(answer, answer.original, form);
      return answer.original;
    }
    const message = this.#post(answer, form);
    answer.followUps.push(message);
    this.#world.changes.changed();
    return message;
  }

  edit({ occasion }: Answer, message: Message, form: MessageForm): void {
    const shown = shownBy(this.#world.attachments, message.channelId, form, message);
    const flags = message.flags | (form.body.flags ?? 0);
    checkMessage(shown, flags);
    message.edit(shown, flags);
    this.#tell('MESSAGE_UPDATE', occasion.member.guild.id, message);
  }

  #post(answer: Answer, form: MessageForm): Message {
    const flags = form.body.flags ?? 0;
    const shown = shownBy(this.#world.attachments, answer.occasion.channel.id, form);
    checkMessage(shown, flags);
    return this.#add(answer, new Message(this.#parts(answer, flags, form.body), shown));
  }

  #placeholder(answer: Answer, flags: number): Message {
    const empty = { content: '', embeds: [], components: [], attachments: [], atMs: Date.now() };
    return this.#add(answer, new Message(this.#parts(answer, flags | MessageFlags.Loading, {}), empty));
  }

  #parts(answer: Answer, flags: number, body: MessageBody): ConstructorParameters<typeof Message>[0] {
    const { member, channel, name } = answer.occasion;
    return {
      id: this.#world.ids.next(),
      channelId: channel.id,
      guildId: member.guild.id,
      author: this.#world.botUser,
      flags,
      allowedMentions: body.allowed_mentions,
      interactionOf: { id: answer.interactionId, name, user: member.user },
    };
  }

  #add({ occasion: { channel } }: Answer, message: Message): Message {
    if (!message.ephemeral) channel.messages.push(message);
    this.#tell('MESSAGE_CREATE', channel.guild.id, message);
    return message;
  }

  #tell(event: string, guildId: string, message: Message): void {
    if (!message.ephemeral) this.#world.dispatch(event, guildId, { ...message.toJSON(), guild_id: guildId });
    this.#world.changes.changed();
  }
}
