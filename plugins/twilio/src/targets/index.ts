import type { TargetName } from '../annotator.ts';
import { restError, type RestClient } from '../rest-client.ts';
import { wrong, type Settings } from '../settings.ts';
import { withBreaker } from './breaker.ts';
import { conversationsTarget } from './conversations.ts';
import { syncTarget } from './sync.ts';
import type { Target } from './target.ts';
import { taskRouterTarget } from './task-router.ts';
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
  const { timeoutMs, voiceSdk, sync, taskRouter, conversations, webhook } = annotations;
  const viaTwilio = (name: TargetName): RestClient => {
    if (client) return client;
    throw wrong(`annotations.${name}`, 'is on, but the environment names no account', 'Set TWILIO_ACCOUNT_SID, and TWILIO_AUTH_TOKEN or TWILIO_API_KEY with TWILIO_API_SECRET.'); // prettier-ignore
  };
  if (webhook && webhookSecret === undefined) {
    throw wrong('annotations.webhook', 'is on, but there is no secret to sign with', 'Set TWILIO_WEBHOOK_SECRET (openssl rand -hex 32), and give it to the service.'); // prettier-ignore
  }
  const targets: Targets = {
    ...(voiceSdk && { voiceSdk: voiceSdkTarget(viaTwilio('voiceSdk')) }),
    ...(sync && { sync: syncTarget(viaTwilio('sync'), sync) }),
    ...(taskRouter && { taskRouter: taskRouterTarget(viaTwilio('taskRouter'), taskRouter.workspaceSid) }),
    ...(conversations && { conversations: conversationsTarget(viaTwilio('conversations')) }),
    ...(webhook && { webhook: webhookTarget({ url: webhook.url, secret: webhookSecret!, timeoutMs }, clock) }),
  };
  return Object.fromEntries(
    Object.entries(targets).map(([name, target]) => [name, withBreaker(restErrors(target, name), clock)]),
  );
}

/** What the SDK throws, said as what it means for whether to try again. */
function restErrors(target: Target, name: string): Target {
  return async (delivery) => {
    try {
      await target(delivery);
    } catch (cause) {
      throw restError(cause, `an annotation for ${name}`);
    }
  };
}
