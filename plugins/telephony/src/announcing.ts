import { z } from 'zod';
import { DIALECTS } from './settings.ts';
import type { AnnouncedCall } from './tickets.ts';

/** What is said of a call before its sound comes. */
const announcementSchema = z.strictObject({
  dialect: z.enum(DIALECTS).default('audiosocket'),
  /** The call's id, the same for both of its sides. */
  call: z.string().min(1).max(128).optional(),
  customer: z.string().max(128).optional(),
  line: z.string().max(128).optional(),
  side: z.enum(['customer', 'agent']).optional(),
  agent: z.string().min(1).max(128).optional(),
});

/** Reads an announcement: a form, a query or a JSON object; undefined where it is none. */
export function readAnnouncement(fields: unknown): AnnouncedCall | undefined {
  const result = announcementSchema.safeParse(fields);
  if (!result.success) return undefined;
  const { dialect, call, customer, line, side, agent } = result.data;
  return {
    dialect,
    ...(call !== undefined && { callId: call }),
    ...(customer && { customer }),
    ...(line && { line }),
    ...(agent !== undefined && { agent }),
    ...(side !== undefined && { side: side === 'agent' ? 'outbound' : 'inbound' }),
  };
}
