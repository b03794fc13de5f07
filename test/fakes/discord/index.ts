export type * from './api.ts';
export { startFakeDiscord } from './fake-discord.ts';
