import {
  ApplicationCommandType,
  ComponentType,
  InteractionType,
  PermissionFlagsBits,
  type APIApplicationCommand,
} from 'discord-api-types/v10';
import type { InteractionInput } from '../api.ts';
import type { Channel } from '../state/channel.ts';
import { Member } from '../state/member.ts';
import { interactiveComponents, Message } from '../state/message.ts';
import { ours } from '../state/ours.ts';
import type { World } from '../state/world.ts';
import { Answer, type Occasion } from './answer.ts';
import { commandOptions, nothingResolved, resolve } from './command-data.ts';
import { filledModal } from './modal-data.ts';

/** After this an interaction that was not acknowledged has failed. */
const ACKNOWLEDGE_WITHIN_MS = 3_000;
/** After this an interaction's token is worth nothing. */
const TOKEN_LIVES_MS = 15 * 60_000;
/** How long `interact` waits for what replaces a deferred answer. */
const DEFERRED_WITHIN_MS = 30_000;

/** What an interaction's payload says of what was used. */
interface Use {
  readonly type: InteractionType;
  readonly name: string;
  readonly data: object;
  readonly message?: Message | undefined;
}

/** What people do with the bot, and its answers. */
export class Interactions {
  readonly #world: World;
  readonly #answers = new Map<string, Answer>();

  constructor(world: World) {
    this.#world = world;
  }

  async begin(member: Member, input: InteractionInput): Promise<Answer> {
    const channel = this.#channelOf(member, input);
    const { type, name, data, message } = this.#use(member, input);
    const occasion: Occasion = { id: this.#world.ids.next(), member, channel, name, message };
    const answer = new Answer(occasion);
    this.#answers.set(answer.token, answer);
    this.#world.log(`${member.name} uses ${name}`);
    const payload = {
      ...this.#payload(answer, input.locale),
      type,
      data,
      ...(message && { message: message.toJSON() }),
    };
    this.#world.dispatch('INTERACTION_CREATE', member.guild.id, payload);
    const { changes } = this.#world;
    const acknowledge = { timeoutMs: ACKNOWLEDGE_WITHIN_MS, what: `the application answers ${name}` };
    await changes.until(() => answer.acknowledged, acknowledge);
    await changes.until(() => answer.visible, { timeoutMs: DEFERRED_WITHIN_MS, what: `an answer to ${name} is seen` });
    return answer;
  }

  /** The interaction that may still be acknowledged. */
  awaiting(id: string, token: string): Answer | undefined {
    const answer = this.#answers.get(token);
    const late = !answer || Date.now() - answer.startedAtMs > ACKNOWLEDGE_WITHIN_MS;
    return answer?.interactionId === id && (answer.acknowledged || !late) ? answer : undefined;
  }

  /** The interaction whose answer may still be changed. */
  withToken(token: string): Answer | undefined {
    const answer = this.#answers.get(token);
    return answer && Date.now() - answer.startedAtMs <= TOKEN_LIVES_MS ? answer : undefined;
  }

  #channelOf(member: Member, input: InteractionInput): Channel {
    const { guild } = member;
    if ('message' in input) return guild.channel(input.message.channelId);
    if ('modal' in input) return ours(Answer, input.modal).occasion.channel;
    return input.channel ? guild.channel(input.channel.id) : guild.textChannel();
  }

  #use(member: Member, input: InteractionInput): Use {
    if ('command' in input) return this.#slashCommand(member, input.command, input.options);
    if ('autocomplete' in input) return this.#slashCommand(member, input.autocomplete, input.options, input.focused);
    if ('contextMenu' in input)
      return this.#contextMenu(
        member,
        input.contextMenu,
        input.target instanceof Member ? input.target : ours(Message, input.target),
      );
    if ('button' in input) return component(ours(Message, input.message), input.button, undefined);
    if ('select' in input) return component(ours(Message, input.message), input.select, input.values, member);
    const shown = ours(Answer, input.modal);
    if (!shown.modal) throw new Error('this answer showed no modal');
    const { custom_id } = shown.modal;
    const data = { custom_id, components: filledModal(shown.modal, input.fields) };
    return { type: InteractionType.ModalSubmit, name: `modal ${custom_id}`, data, message: shown.occasion.message };
  }

  #slashCommand(
    member: Member,
    words: string,
    options: Extract<InteractionInput, { command: string }>['options'] = {},
    focused?: string,
  ): Use {
    const [name = '', ...path] = words.replace(/^\//, '').split(' ');
    const command = this.#command(member, name, ApplicationCommandType.ChatInput);
    const resolved = nothingResolved();
    const sent = commandOptions(command, path, options, resolved, focused);
    const data = { id: command.id, name, type: command.type, options: sent, resolved };
    const autocomplete = InteractionType.ApplicationCommandAutocomplete;
    return { type: focused === undefined ? InteractionType.ApplicationCommand : autocomplete, name: `/${words}`, data };
  }

  #contextMenu(member: Member, name: string, target: Member | Message): Use {
    const onMember = target instanceof Member;
    const command = this.#command(
      member,
      name,
      onMember ? ApplicationCommandType.User : ApplicationCommandType.Message,
    );
    const resolved = nothingResolved();
    if (onMember) resolve(resolved, target);
    else resolved.messages[target.id] = target.toJSON();
    const data = { id: command.id, name, type: command.type, target_id: target.id, resolved };
    return { type: InteractionType.ApplicationCommand, name, data };
  }

  /** The command that this member sees under the name. */
  #command(member: Member, name: string, type: ApplicationCommandType): APIApplicationCommand {
    const { commands } = this.#world;
    const all = [...(commands.get(member.guild.id) ?? []), ...(commands.get('') ?? [])];
    const command = all.find((one) => one.name === name && one.type === type);
    if (!command)
      throw new Error(`no command "${name}" is registered: there are ${all.map((one) => one.name).join(', ')}`);
    const needed = command.default_member_permissions;
    if (needed === null || (member.permissions & PermissionFlagsBits.Administrator) !== 0n) return command;
    const missing = needed === '0' || (member.permissions & BigInt(needed)) !== BigInt(needed);
    if (missing)
      throw new Error(`${member.name} does not see the command "${name}": it needs the permissions ${needed}`);
    return command;
  }

  #payload({ occasion, token }: Answer, locale?: string): object {
    const { member, channel } = occasion;
    const { guild } = member;
    return {
      id: occasion.id,
      token,
      version: 1,
      application_id: this.#world.applicationId,
      guild_id: guild.id,
      guild: { id: guild.id, locale: guild.locale, features: [] },
      channel_id: channel.id,
      channel: { ...channel.toJSON(), permissions: String(member.permissions) },
      member: { ...member.toJSON(), permissions: String(member.permissions) },
      locale: locale ?? guild.locale,
      guild_locale: guild.locale,
      app_permissions: String(guild.botPermissionsIn(channel)),
      entitlements: [],
      authorizing_integration_owners: { 0: guild.id },
      context: 0,
      attachment_size_limit: 10_485_760,
    };
  }
}

/** Using a button (by custom id or label) or a select menu of a message. */
function component(message: Message, name: string, values: readonly string[] | undefined, member?: Member): Use {
  const all = interactiveComponents(message.components);
  const one = all.find(({ custom_id, label }) => custom_id === name || label === name);
  if (!one)
    throw new Error(`the message has no "${name}": there are ${all.map(({ custom_id }) => custom_id).join(', ')}`);
  if (one.disabled === true) throw new Error(`"${name}" is disabled`);
  if ((one.type === ComponentType.Button) !== (values === undefined)) throw new Error(`"${name}" is used another way`);
  const resolved = nothingResolved();
  for (const value of values ?? []) {
    const { members, channels } = member!.guild;
    const chosen = [...members, ...channels].find(({ id }) => id === value);
    if (chosen) resolve(resolved, chosen);
  }
  const data = { custom_id: one.custom_id, component_type: one.type, ...(values && { values, resolved }) };
  return { type: InteractionType.MessageComponent, name: `"${one.label ?? one.custom_id}"`, data, message };
}
