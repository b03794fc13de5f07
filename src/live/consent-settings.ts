import { z } from 'zod';

/** Who may be heard, as a configuration says it. */
export const consentSettingsSchema = z
  .strictObject({
    /** As {@link ConsentMode}. */
    mode: z.enum(['opt-in', 'announce', 'customer-only']).default('opt-in'),
    /** Hear employees and students too, by the same mode. */
    allowWorkplaceAndEducation: z.boolean().default(false),
    /** Why the operator may do so: medical or safety reasons (EU AI Act, Art. 5(1)(f)), or another law. */
    legalNotice: z.string().trim().min(1).optional(),
  })
  .refine(({ allowWorkplaceAndEducation, legalNotice }) => !allowWorkplaceAndEducation || legalNotice !== undefined, {
    path: ['legalNotice'],
    message: 'must say why employees and students may be heard where allowWorkplaceAndEducation is true',
  });

/** Consent settings with all defaults filled in. */
export type ConsentSettings = z.output<typeof consentSettingsSchema>;
/** What a configuration says of consent. */
export type ConsentSettingsInput = z.input<typeof consentSettingsSchema>;
/**
 * Who may be heard. `opt-in`: who has granted it. `announce`: who has not withdrawn, once a notice was given in the session.
 * `customer-only`: as `announce`, and only customers.
 */
export type ConsentMode = ConsentSettings['mode'];
