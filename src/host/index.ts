export {
  defaultConfigPath,
  describeConfig,
  hostConfigSchema,
  loadConfig,
  parseConfig,
  type HostConfig,
  type HostConfigInput,
  type HostSecrets,
  type LoadedConfig,
} from './config.ts';
export { HostServer } from './http.ts';
export { Host, type HostOptions } from './host.ts';
export { faultOf, jsonLog, type HostLog, type LogFacts } from './host-log.ts';
export { requireFreeAddress } from './listening.ts';
export * from './plugin.ts';
export { acceptWebSocket, refuseUpgrade, type PluginSocket, type WebSocketOptions } from './web-socket.ts';
