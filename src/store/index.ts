export { openStore, type StoreOptions } from './open-store.ts';
export { StoreConsentLog } from './store-consent-log.ts';
export type * from './types.ts';
export { WriteBehind, type WriteBehindCounts, type WriteBehindOptions } from './write-behind.ts';
