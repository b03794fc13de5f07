import type { APIEmbed, APIMessageTopLevelComponent } from 'discord-api-types/v10';
import { MessageFlags, type APIAllowedMentions } from 'discord-api-types/v10';
import type { Request } from 'express';
import type { FakeAttachment, MessageContent } from '../api.ts';
import { interactiveComponents } from '../state/message.ts';
import type { Attachments } from '../state/attachments.ts';
import { ErrorCode, invalid, RestError } from './rest-error.ts';

/** What a client sends of a message. */
export interface MessageBody {
  readonly content?: string | null;
  readonly embeds?: readonly APIEmbed[] | null;
  readonly components?: readonly APIMessageTopLevelComponent[] | null;
  readonly flags?: number;
  /** Files of the request by their index, or of the message by their id, which are kept. */
  readonly attachments?: readonly {
    readonly id: string | number;
    readonly filename?: string;
    readonly description?: string;
  }[];
  readonly allowed_mentions?: APIAllowedMentions;
  readonly message_reference?: { readonly message_id: string };
}

export interface UploadedFile {
  readonly index: string;
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** A request's JSON, taken for a `T`, and the files beside it where it is a form. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- what the caller expects
export async function readBody<T>(request: Request): Promise<{ body: T; files: readonly UploadedFile[] }> {
  const raw = request.body as Buffer | undefined;
  const type = request.headers['content-type'] ?? '';
  if (!raw || raw.length === 0) return { body: {} as T, files: [] };
  if (!type.startsWith('multipart/form-data')) return { body: json(raw.toString()) as T, files: [] };
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- it buffers the files, which a fake may
  const form = await new Response(new Uint8Array(raw), { headers: { 'content-type': type } }).formData();
  const files: UploadedFile[] = [];
  let body: unknown = {};
  for (const [field, value] of form) {
    if (typeof value === 'string') {
      if (field === 'payload_json') body = json(value);
      continue;
    }
    const index = /^files\[(\d+)\]$/.exec(field)?.[1] ?? String(files.length);
    files.push({ index, name: value.name, type: value.type, bytes: new Uint8Array(await value.arrayBuffer()) });
  }
  return { body: body as T, files };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RestError(400, 50_109, 'The request body contains invalid JSON.');
  }
}

/** What a message shows after this request; `before` is what an edited one showed. */
export function shownBy(
  attachments: Attachments,
  channelId: string,
  { body, files }: { readonly body: MessageBody; readonly files: readonly UploadedFile[] },
  before?: MessageContent,
): MessageContent {
  const kept = (before?.attachments ?? []).filter(
    ({ id }) => body.attachments?.some((wanted) => String(wanted.id) === id) ?? true,
  );
  const added = files.map((file) => {
    const described = body.attachments?.find(({ id }) => String(id) === file.index);
    const type = file.type === '' || file.type === 'application/octet-stream' ? undefined : file.type;
    const stored = attachments.add(channelId, described?.filename ?? file.name, file.bytes, type);
    return described?.description === undefined ? stored : { ...stored, description: described.description };
  });
  const all = [...kept, ...added];
  return {
    content: body.content === undefined ? (before?.content ?? '') : (body.content ?? ''),
    embeds: withUrls(body.embeds === undefined ? (before?.embeds ?? []) : (body.embeds ?? []), all),
    components: withUrls(body.components === undefined ? (before?.components ?? []) : (body.components ?? []), all),
    attachments: all,
    atMs: Date.now(),
  };
}

/** Embeds and components name the message's own files by `attachment://`; Discord shows where these really are. */
function withUrls<T>(part: T, files: readonly FakeAttachment[]): T {
  return JSON.parse(JSON.stringify(part), (_key, value: unknown) => {
    if (typeof value !== 'string' || !value.startsWith('attachment://')) return value;
    const file = files.find(({ filename }) => filename === value.slice('attachment://'.length));
    if (!file) throw invalid('attachments', `There is no file for ${value}.`);
    return file.url;
  }) as T;
}

const MAX_CONTENT = 2_000;
const MAX_EMBEDS = 10;
const MAX_EMBED_TEXT = 6_000;
const MAX_DESCRIPTION = 4_096;
const MAX_FIELDS = 25;
const MAX_ROWS = 5;
const MAX_COMPONENTS_V2 = 40;
const MAX_CUSTOM_ID = 100;

/** Discord's rules for messages; throws the error that it answers with. */
export function checkMessage({ content, embeds, components, attachments }: MessageContent, flags: number): void {
  const v2 = (flags & MessageFlags.IsComponentsV2) !== 0;
  if (v2 && (content !== '' || embeds.length > 0)) {
    throw invalid('content', 'The message flag IS_COMPONENTS_V2 allows neither content nor embeds.');
  }
  if (content === '' && embeds.length + components.length + attachments.length === 0) {
    throw new RestError(400, ErrorCode.emptyMessage, 'Cannot send an empty message');
  }
  if (content.length > MAX_CONTENT) throw invalid('content', `Must be ${MAX_CONTENT} or fewer in length.`);
  checkEmbeds(embeds);
  const count = countComponents(components);
  if (v2 && count > MAX_COMPONENTS_V2) throw invalid('components', `Must be ${MAX_COMPONENTS_V2} or fewer in number.`);
  if (!v2 && components.length > MAX_ROWS) throw invalid('components', `Must be ${MAX_ROWS} or fewer in length.`);
  if (!v2 && components.some(({ type }) => (type as number) !== 1)) {
    throw invalid('components', 'Only action rows are allowed here without the flag IS_COMPONENTS_V2.');
  }
  const ids = interactiveComponents(components).map(({ custom_id }) => custom_id);
  if (ids.some((id) => id.length === 0 || id.length > MAX_CUSTOM_ID)) {
    throw invalid('components', `A custom id must be between 1 and ${MAX_CUSTOM_ID} in length.`);
  }
  if (new Set(ids).size < ids.length) throw invalid('components', 'Component custom id cannot be duplicated.');
}

function checkEmbeds(embeds: readonly APIEmbed[]): void {
  if (embeds.length > MAX_EMBEDS) throw invalid('embeds', `Must be ${MAX_EMBEDS} or fewer in length.`);
  let total = 0;
  for (const { title = '', description = '', fields = [], footer, author } of embeds) {
    if (title.length > 256) throw invalid('embeds', 'Title: must be 256 or fewer in length.');
    if (description.length > MAX_DESCRIPTION) throw invalid('embeds', 'Description: must be 4096 or fewer in length.');
    if (fields.length > MAX_FIELDS) throw invalid('embeds', 'Fields: must be 25 or fewer in length.');
    for (const { name, value } of fields) {
      if (name.length === 0 || name.length > 256) throw invalid('embeds', 'Field name: must be 1 to 256 in length.');
      if (value.length === 0 || value.length > 1_024)
        throw invalid('embeds', 'Field value: must be 1 to 1024 in length.');
      total += name.length + value.length;
    }
    total += title.length + description.length + (footer?.text.length ?? 0) + (author?.name.length ?? 0);
  }
  if (total > MAX_EMBED_TEXT) throw invalid('embeds', `Embed size exceeds maximum size of ${MAX_EMBED_TEXT}.`);
}

/** Components of every depth. */
function countComponents(part: unknown): number {
  if (Array.isArray(part)) return part.reduce((sum: number, each) => sum + countComponents(each), 0);
  if (typeof part !== 'object' || part === null) return 0;
  const { components, accessory } = part as { components?: unknown; accessory?: unknown };
  return 1 + countComponents(components) + countComponents(accessory);
}
