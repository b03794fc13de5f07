import {
  ApplicationCommandOptionType as OptionType,
  type APIApplicationCommand,
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandOption,
} from 'discord-api-types/v10';
import type { OptionValue } from '../api.ts';
import { Channel } from '../state/channel.ts';
import { Member } from '../state/member.ts';

/** Whom and what an interaction mentions, as its payload resolves it. */
export interface Resolved {
  readonly users: Record<string, object>;
  readonly members: Record<string, object>;
  readonly channels: Record<string, object>;
  readonly messages: Record<string, object>;
}

export const nothingResolved = (): Resolved => ({ users: {}, members: {}, channels: {}, messages: {} });

export function resolve(resolved: Resolved, one: Member | Channel): string {
  if (one instanceof Channel) {
    resolved.channels[one.id] = { ...one.toJSON(), permissions: '0' };
    return one.id;
  }
  resolved.users[one.id] = one.user;
  resolved.members[one.id] = { ...one.toJSON(), user: undefined, permissions: String(one.permissions) };
  return one.id;
}

/** The options of a slash command as Discord's client sends them; throws what it would not let anybody send. */
export function commandOptions(
  command: APIApplicationCommand,
  path: readonly string[],
  values: Readonly<Record<string, OptionValue>>,
  resolved: Resolved,
  focused?: string,
): object[] {
  const [first, ...rest] = path;
  const options = command.options ?? [];
  return level(`/${command.name}`, options, first, rest, values, resolved, focused);
}

function level(
  where: string,
  options: readonly APIApplicationCommandOption[],
  name: string | undefined,
  rest: readonly string[],
  values: Readonly<Record<string, OptionValue>>,
  resolved: Resolved,
  focused: string | undefined,
): object[] {
  const nested = options.filter(({ type }) => type === OptionType.Subcommand || type === OptionType.SubcommandGroup);
  if (name !== undefined) {
    const one = nested.find((option) => option.name === name);
    if (!one || !('options' in one || one.type === OptionType.Subcommand)) throw new Error(`${where} has no "${name}"`);
    const inner = (one as { options?: readonly APIApplicationCommandOption[] }).options ?? [];
    const [next, ...further] = rest;
    const within = level(`${where} ${name}`, inner, next, further, values, resolved, focused);
    return [{ type: one.type, name, options: within }];
  }
  if (nested.length > 0) throw new Error(`${where} needs one of: ${nested.map((option) => option.name).join(', ')}`);
  return leafOptions(where, options as readonly APIApplicationCommandBasicOption[], values, resolved, focused);
}

function leafOptions(
  where: string,
  options: readonly APIApplicationCommandBasicOption[],
  values: Readonly<Record<string, OptionValue>>,
  resolved: Resolved,
  focused: string | undefined,
): object[] {
  for (const name of Object.keys(values)) {
    if (!options.some((option) => option.name === name)) throw new Error(`${where} has no option "${name}"`);
  }
  return options.flatMap((option) => {
    const value = values[option.name];
    if (value === undefined) {
      if (option.required === true && focused === undefined)
        throw new Error(`${where} needs the option "${option.name}"`);
      return [];
    }
    const typing = focused === option.name;
    const sent = typing ? value : checked(where, option, value, resolved);
    return [{ type: option.type, name: option.name, value: sent, ...(typing && { focused: true }) }];
  });
}

function checked(
  where: string,
  option: APIApplicationCommandBasicOption,
  value: OptionValue,
  resolved: Resolved,
): string | number | boolean {
  const refuse = (why: string): never => {
    throw new Error(`${where}: option "${option.name}" ${why}`);
  };
  const { choices } = option as { choices?: readonly { name: string; value: string | number }[] };
  switch (option.type) {
    case OptionType.User:
    case OptionType.Mentionable:
      return value instanceof Member ? resolve(resolved, value) : refuse('takes a member');
    case OptionType.Channel:
      return value instanceof Channel ? resolve(resolved, value) : refuse('takes a channel');
    case OptionType.Boolean:
      return typeof value === 'boolean' ? value : refuse('takes true or false');
    case OptionType.Integer:
    case OptionType.Number: {
      if (typeof value !== 'number') return refuse('takes a number');
      if (option.type === OptionType.Integer && !Number.isInteger(value)) refuse('takes a whole number');
      const { min_value: min = -Infinity, max_value: max = Infinity } = option as {
        min_value?: number;
        max_value?: number;
      };
      if (value < min || value > max) refuse(`takes a number within ${min} to ${max}`);
      break;
    }
    case OptionType.String:
    case OptionType.Role:
    case OptionType.Attachment:
      if (typeof value !== 'string') return refuse('takes a text');
  }
  if (choices && choices.length > 0 && !choices.some((choice) => choice.value === value)) {
    refuse(`takes one of: ${choices.map((choice) => choice.value).join(', ')}`);
  }
  return value;
}
