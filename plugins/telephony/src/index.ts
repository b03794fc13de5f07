import { definePlugin } from 'undertone';

export const plugin = definePlugin({
  name: 'telephony',
  capabilities: { live: true, batch: false, perSpeaker: true, edit: false, privateReply: false },
  start: () => undefined,
  stop: () => undefined,
});
