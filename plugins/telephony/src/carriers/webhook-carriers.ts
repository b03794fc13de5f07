import type { WebhookCarrier } from './carrier.ts';
import { plivo } from './plivo.ts';
import { signalwire } from './signalwire.ts';
import { telnyx } from './telnyx.ts';
import { vonage } from './vonage.ts';

const CARRIERS: readonly WebhookCarrier[] = [signalwire, telnyx, plivo, vonage];

export const webhookCarrier = (name: string): WebhookCarrier | undefined => CARRIERS.find((one) => one.name === name);
