import { existsSync } from 'node:fs';
import { defaultConfigPath } from '../host/index.ts';

export interface ConfigOption {
  readonly config?: string;
}

/** `--config`, else `config/undertone.json` of the folder one is in, else the one that came with Undertone. */
export function configPath({ config }: ConfigOption): string {
  if (config !== undefined) return config;
  const own = 'config/undertone.json';
  return existsSync(own) ? own : defaultConfigPath();
}

export const CONFIG_OPTION = ['--config <file>', 'the configuration (default: config/undertone.json here, or what came along)'] as const; // prettier-ignore
