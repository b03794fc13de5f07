import { MediaStreamDialect } from 'undertone';
import { formOf, headerOf, hmac, isSame, MOST_FIELDS, type CarrierRequest, type WebhookCarrier } from './carrier.ts';
import { answerInMarkup, readCallForm } from './twilio-markup.ts';

/** SignalWire's streams are Twilio's messages, mu-law at 8 kHz. */
export const signalwire: WebhookCarrier = {
  name: 'signalwire',
  secret: 'signalwireSigningKey',
  saysKeys: false,
  verify(request, key) {
    const given = headerOf(request, 'x-signalwire-signature') ?? headerOf(request, 'x-twilio-signature');
    if (given === undefined || formOf(request).size > MOST_FIELDS) return undefined;
    const asForm = hmac('sha1', key, request.url + sortedForm(request)).toString('base64');
    // Requests that are no forms are signed as they are.
    const asWhole = hmac('sha1', key, Buffer.concat([Buffer.from(request.url), request.body])).toString('hex');
    return isSame(given, asForm) || isSame(given, asWhole) ? {} : undefined;
  },
  readCall: readCallForm,
  answer: (plan) => answerInMarkup(plan, plan.settings.signalwire?.then),
  dialect: () => new MediaStreamDialect(),
};

/** The fields of a form by name, each name with its value behind it; of a GET request, they are in the address. */
export function sortedForm(request: CarrierRequest): string {
  if (request.method === 'GET') return '';
  const form = formOf(request);
  return [...new Set(form.keys())]
    .sort()
    .flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value))
    .join('');
}
