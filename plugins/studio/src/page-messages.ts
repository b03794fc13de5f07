import { z } from 'zod';
import { RATES_HZ, type PageMessage } from './protocol.ts';

const name = z.string().trim().min(1).max(100);

const schema: z.ZodType<PageMessage> = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('start'),
    source: z.enum(['microphone', 'recording']),
    title: name,
    rateHz: z.literal(RATES_HZ),
    speakers: z.array(z.strictObject({ id: z.string().regex(/^[\w:-]{1,100}$/), name })).min(1).max(2), // prettier-ignore
  }),
  z.strictObject({ type: z.literal('stop') }),
  z.strictObject({ type: z.literal('forget') }),
]);

/** Reads what the page says in text; null where it is nothing that it may say. */
export function parsePageMessage(text: string): PageMessage | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
