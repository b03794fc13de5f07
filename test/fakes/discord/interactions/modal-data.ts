import { ComponentType, type APIModalInteractionResponseCallbackData } from 'discord-api-types/v10';

/** A field of a modal, in a row of its own or in a label. */
interface Field {
  readonly type: ComponentType;
  readonly custom_id: string;
  readonly required?: boolean;
  readonly min_length?: number;
  readonly max_length?: number;
  readonly value?: string;
}

/** What somebody typed into a modal, as Discord's client sends it; throws what it would not let anybody send. */
export function filledModal(
  { components }: APIModalInteractionResponseCallbackData,
  typed: Readonly<Record<string, string>>,
): object[] {
  const known = new Set<string>();
  const fill = (field: Field): object => {
    const { type, custom_id, required = true, min_length = 0, max_length = 4_000 } = field;
    known.add(custom_id);
    const value = typed[custom_id] ?? field.value ?? '';
    if (required && value === '') throw new Error(`the modal's field "${custom_id}" must be filled in`);
    if (value !== '' && (value.length < min_length || value.length > max_length)) {
      throw new Error(`the modal's field "${custom_id}" takes ${min_length} to ${max_length} characters`);
    }
    return type === ComponentType.TextInput ? { type, custom_id, value } : { type, custom_id, values: [value] };
  };
  const filled = components.map((part) => {
    const { type, components: row, component } = part as { type: number; components?: Field[]; component?: Field };
    return component ? { type, component: fill(component) } : { type, components: (row ?? []).map(fill) };
  });
  const unknown = Object.keys(typed).find((id) => !known.has(id));
  if (unknown !== undefined) throw new Error(`the modal has no field "${unknown}"`);
  return filled;
}
