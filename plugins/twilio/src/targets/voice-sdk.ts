import type { RestClient } from '../rest-client.ts';
import type { Target } from './target.ts';

/** A message to whoever is connected to the call through the Voice SDK. Twilio itself keeps the key from being used twice. */
export function voiceSdkTarget(client: RestClient): Target {
  return async ({ ref, annotation: { kind, content }, idempotencyKey }) => {
    await client.calls(ref.callSid).userDefinedMessages.create({
      content: JSON.stringify({ type: `undertone.${kind}`, ...content }),
      idempotencyKey,
    });
  };
}
