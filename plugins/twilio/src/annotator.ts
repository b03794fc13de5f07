import { z } from 'zod';
import type { Call, CallNews } from 'undertone';
import type { Settings } from './settings.ts';

/** Where annotations can go. */
export const TARGETS = ['voiceSdk', 'sync', 'taskRouter', 'conversations', 'webhook'] as const;
export type TargetName = (typeof TARGETS)[number];

const id = z.string().max(512);

/** Where one annotation goes: what is kept with it until it is there. */
export const annotationRefSchema = z.strictObject({
  target: z.enum(TARGETS),
  callSid: id,
  /** The annotation's name among those of its call. */
  key: id,
  taskSid: id.optional(),
  conversationSid: id.optional(),
  messageSid: id.optional(),
});
export type AnnotationRef = z.output<typeof annotationRefSchema>;

/** Which of a call's news go where. Each target has an annotation of its own, so that each is tried until it has it. */
export class Annotator {
  readonly #settings: Settings['annotations'];
  /** The mood that was said last of each speaker of a call. */
  readonly #moods = new WeakMap<Call, Map<string, string>>();

  constructor(settings: Settings['annotations']) {
    this.#settings = settings;
  }

  tell(news: CallNews, call: Call, streamSid: string, parameters: Readonly<Record<string, string>>): void {
    if (news.kind === 'emotion' && this.#settings.emotions === 'turns' && !this.#isTurn(news, call)) return;
    const { key, ...said } = news;
    for (const target of TARGETS) {
      if (!this.#settings[target]?.kinds.includes(news.kind)) continue;
      if (target === 'conversations' && parameters.conversationSid === undefined) continue;
      const { taskSid, conversationSid, messageSid } = parameters;
      const ref: AnnotationRef = {
        ...{ target, callSid: call.callId, key },
        ...(taskSid !== undefined && { taskSid }),
        ...(conversationSid !== undefined && { conversationSid }),
        ...(messageSid !== undefined && { messageSid }),
      };
      call.session.annotate({ ...said, ref, idempotencyKey: `${streamSid}:${key}:${target}` });
    }
  }

  #isTurn({ speaker = '', content }: CallNews, call: Call): boolean {
    const { label, uncertain } = content.mood as { label: string; uncertain: boolean };
    const mood = uncertain ? 'uncertain' : label;
    let moods = this.#moods.get(call);
    if (!moods) this.#moods.set(call, (moods = new Map<string, string>()));
    if (moods.get(speaker) === mood) return false;
    moods.set(speaker, mood);
    return true;
  }
}
