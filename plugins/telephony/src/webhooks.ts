import type { IncomingMessage } from 'node:http';
import type { Answer, WebhookCall, WebhookCarrier } from './carriers/carrier.ts';
import { formOf } from './carriers/carrier.ts';
import { carrierRequest } from './requests.ts';
import { isTrusted, type Service } from './service.ts';
import type { AnnouncedCall } from './tickets.ts';

/** What a carrier's webhook is answered. */
export interface WebhookAnswer extends Partial<Answer> {
  readonly status: number;
}

/** Answers the webhooks of a carrier: `voice` for a call, `consent` for a key that was asked for, `events` for the rest. */
export function answerWebhook(
  service: Service,
  carrier: WebhookCarrier,
  route: string,
  request: IncomingMessage,
  body: Buffer,
): Promise<WebhookAnswer> {
  const { telephony, clock } = service;
  const own = carrierRequest(request, telephony.publicUrl, body);
  const secret = telephony.secret(carrier.secret);
  if (!isTrusted(service, request, [secret], () => carrier.verify(own, secret!, clock()))) {
    return Promise.resolve({ status: 403 });
  }
  if (route === 'events') return Promise.resolve({ status: 204 });
  const call = carrier.readCall(own);
  if (!call) return Promise.resolve({ status: 400 });
  return answerCall(service, carrier, call, route === 'consent' ? (formOf(own).get('Digits') ?? '') : undefined);
}

/** @param digit what was pressed, where a key was asked for already */
async function answerCall(
  service: Service,
  carrier: WebhookCarrier,
  { callId, from, to, isOutgoing }: WebhookCall,
  digit: string | undefined,
): Promise<WebhookAnswer> {
  const { telephony, desk, tickets } = service;
  const { settings, publicUrl } = telephony;
  const { name } = carrier;
  const [customer, line] = isOutgoing ? [to, from] : [from, to];
  const announced: AnnouncedCall = { dialect: name, callId, ...(customer && { customer }), ...(line && { line }) };
  if (digit !== undefined && digit === settings.keys.consent) await desk.consent(announced);
  const plan = { bothSides: settings.hearAgents, settings };
  const spoken = digit === undefined && settings[name]?.notice !== 'elsewhere' ? settings.notice : undefined;
  const say = spoken && { say: spoken };
  const next = desk.nextStep(announced);
  // Markup may send a call here again: its sound comes already.
  if (next === 'leave' || desk.isLive(name, callId)) return { status: 200, ...carrier.answer(plan) };
  if (next === 'ask' && !carrier.saysKeys) {
    const askAt = digit === undefined && spoken ? `${publicUrl}/${name}/consent` : undefined;
    return { status: 200, ...carrier.answer({ ...plan, ...(askAt !== undefined && { ...say, askAt }) }) };
  }
  const streamUrl = `${publicUrl.replace(/^http/, 'ws')}/${name}/stream/${tickets.issue(announced)}`;
  return { status: 200, ...carrier.answer({ ...plan, ...say, streamUrl }) };
}
