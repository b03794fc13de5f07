import { formOf, LONG_PAUSE_S, MOST_FIELDS, xml, xmlAnswer, escaped, type Answer, type AnswerPlan } from './carrier.ts';
import type { CarrierRequest, WebhookCall } from './carrier.ts';

// SignalWire and Telnyx took over Twilio's webhooks and its markup.

/**
 * What a form of Twilio's kind says of a call.
 * @param idField the name of the call's id
 */
export function readCallForm(request: CarrierRequest, idField = 'CallSid'): WebhookCall | undefined {
  const form = formOf(request);
  const callId = form.get(idField);
  if (callId === null || callId === '' || callId.length > 256 || form.size > MOST_FIELDS) return undefined;
  const [from, to] = [form.get('From'), form.get('To')];
  const isOutgoing = (form.get('Direction') ?? '').startsWith('outbound');
  return { callId, isOutgoing, ...(from && { from }), ...(to && { to }) };
}

/** A notice, then the stream, which runs beside what comes after it; or first the question for a key. */
export function answerInMarkup(
  { streamUrl, bothSides, say, askAt }: AnswerPlan,
  then: string | undefined,
  codec?: string,
): Answer {
  const spoken = say ? xml('Say', { language: say.language }, escaped(say.say)) : '';
  const track = bothSides ? 'both_tracks' : 'inbound_track';
  const parts: string[] = [];
  if (askAt !== undefined) {
    parts.push(xml('Gather', { action: askAt, method: 'POST', numDigits: 1, timeout: 10 }, spoken));
  } else {
    parts.push(spoken);
    if (streamUrl !== undefined) parts.push(xml('Start', {}, xml('Stream', { url: streamUrl, track, codec })));
  }
  return xmlAnswer(...parts, then ?? xml('Pause', { length: LONG_PAUSE_S }));
}
