import { annotationRefused } from 'undertone';
import type { TargetName } from '../annotator.ts';
import type { RestClient } from '../rest-client.ts';
import { wrong, type Settings } from '../settings.ts';
import type { Target } from './target.ts';
import { voiceSdkTarget } from './voice-sdk.ts';
import { webhookTarget } from './webhook.ts';

/** The targets that the settings switch on. */
export type Targets = Readonly<Partial<Record<TargetName, Target>>>;

/**
 * @throws UndertoneError CONFIG_INVALID where a target lacks what the environment must say
 */
export function makeTargets(
  { annotations }: Settings,
  client: RestClient | undefined,
  webhookSecret: string | undefined,
  clock: () => number,
): Targets {
  const { voiceSdk, webhook } = annotations;
  const viaTwilio = (name: TargetName): RestClient => {
    if (client) return client;
    throw wrong(`annotations.${name}`, 'is on, but the environment names no account', 'Set TWILIO_ACCOUNT_SID, and TWILIO_AUTH_TOKEN or TWILIO_API_KEY with TWILIO_API_SECRET.'); // prettier-ignore
  };
  if (webhook && webhookSecret === undefined) {
    throw wrong('annotations.webhook', 'is on, but there is no secret to sign with', 'Set TWILIO_WEBHOOK_SECRET (openssl rand -hex 32), and give it to the service.'); // prettier-ignore
  }
  return {
    ...(voiceSdk && { voiceSdk: voiceSdkTarget(viaTwilio('voiceSdk')) }),
    ...(webhook && { webhook: webhookTarget(webhook.url, webhookSecret!, clock) }),
  };
}

/** What is thrown where an annotation waits for a target that is off by now. */
export const isOff = (name: TargetName) => annotationRefused(`The target ${name} is switched off`);
