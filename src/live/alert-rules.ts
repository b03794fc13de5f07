import { z } from 'zod';
import { UndertoneError } from '../errors.ts';
import { didYouMean, parseStrict } from '../validation.ts';

const share = z.number().min(0).max(1);
const duration = z.number().min(0);

/** When a moderator is to be told. */
export const alertRuleSchema = z.strictObject({
  name: z.string().min(1),
  /** A label of the model, or several, whose scores are added. */
  emotion: z
    .union([z.string(), z.array(z.string()).min(1)])
    .transform((emotion) => [...new Set(typeof emotion === 'string' ? [emotion] : emotion)]),
  /** The score must be larger. */
  above: share.default(0.6),
  /** For so much speech in a row; pauses do not count. */
  forMs: z.number().positive().default(20_000),
  /** A prediction with less confidence is taken for an uncertain one. */
  minConfidence: share.default(0),
  /** `conversation`: the mean over all who were heard in the last `resetAfterPauseMs`. */
  scope: z.enum(['speaker', 'conversation']).default('speaker'),
  /** After an alert, the rule is silent for so long; what is said meanwhile counts towards the next. */
  coolDownMs: duration.default(120_000),
  /** After a pause longer than this, counting begins anew. */
  resetAfterPauseMs: duration.default(30_000),
  /** Whose speech is looked at; absent: everybody's. */
  roles: z
    .array(z.enum(['participant', 'customer', 'employee', 'student']))
    .min(1)
    .optional(),
});

/** A rule, checked and with all defaults. */
export type AlertRule = z.output<typeof alertRuleSchema>;
/** The same, as it may be written. */
export type AlertRuleInput = z.input<typeof alertRuleSchema>;

/** Where a configuration names none: angry over 0.6 for 20 s of speech, every two minutes at most. */
export const DEFAULT_ALERT_RULES: readonly AlertRuleInput[] = [{ name: 'anger', emotion: 'angry' }];

const REMEDY = 'Correct the rule.';

/**
 * Checks rules strictly and fills in their defaults.
 * @param labels of the model that will be listening
 * @throws UndertoneError ALERT_RULE_INVALID that names the setting; for an unknown one or an unknown emotion, the
 *   nearest known one
 */
export function parseAlertRules(value: unknown, labels: readonly string[]): AlertRule[] {
  const subject = 'alert rules';
  const rules = parseStrict(z.array(alertRuleSchema), value, { code: 'ALERT_RULE_INVALID', subject, remedy: REMEDY });
  const names = new Set<string>();
  for (const { name, emotion } of rules) {
    const unknown = emotion.find((label) => !labels.includes(label));
    let problem: string | undefined;
    if (names.has(name)) problem = `two are named "${name}"`;
    else if (unknown !== undefined) {
      problem = `"${name}": the model has no emotion "${unknown}"${didYouMean(unknown, labels)}`;
    }
    if (problem !== undefined) throw new UndertoneError('ALERT_RULE_INVALID', { subject, problem, remedy: REMEDY });
    names.add(name);
  }
  return rules;
}
