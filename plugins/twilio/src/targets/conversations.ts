import type { RestClient } from '../rest-client.ts';
import { sentenceOf, withAnnotation } from './brief.ts';
import type { Target } from './target.ts';

const AUTHOR = 'undertone';
/** How far back it is looked whether a message was written already. */
const LAST_MESSAGES = 50;

/**
 * The attributes of the message that the stream's parameters name; where they name only a conversation, a message of its
 * own in it. Conversations know no keys, so that it is read first what is there.
 */
export function conversationsTarget(client: RestClient): Target {
  return async ({ ref, annotation }) => {
    const conversation = client.conversations.v1.conversations(ref.conversationSid!);
    if (ref.messageSid !== undefined) {
      const message = conversation.messages(ref.messageSid);
      const attributes = withAnnotation((await message.fetch()).attributes, annotation, ref);
      if (attributes !== undefined) await message.update({ attributes });
      return;
    }
    const attributes = withAnnotation('{}', annotation, ref)!;
    const last = await conversation.messages.list({ order: 'desc', limit: LAST_MESSAGES, pageSize: LAST_MESSAGES });
    if (last.some((message) => message.author === AUTHOR && message.attributes === attributes)) return;
    await conversation.messages.create({ author: AUTHOR, body: sentenceOf(annotation), attributes });
  };
}
