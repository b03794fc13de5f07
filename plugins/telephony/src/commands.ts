import type { PluginCommand } from 'undertone';
export const commands: readonly PluginCommand[] = [];
