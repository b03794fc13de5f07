import { createTelephonyPlugin } from './telephony-plugin.ts';

export { createTelephonyPlugin } from './telephony-plugin.ts';

export const plugin = createTelephonyPlugin();
