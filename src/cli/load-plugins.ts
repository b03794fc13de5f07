import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UndertoneError } from '../errors.ts';
import type { PlatformPlugin } from '../host/index.ts';

/**
 * Loads the plugins that a configuration names: of each, `plugin` of the package `undertone-plugin-<name>`, installed in
 * the folder one is in or beside Undertone.
 * @throws UndertoneError PLUGIN_INVALID
 */
export async function loadPlugins(names: readonly string[]): Promise<PlatformPlugin[]> {
  return await Promise.all(names.map(loadPlugin));
}

async function loadPlugin(name: string): Promise<PlatformPlugin> {
  const subject = `plugin "${name}"`;
  const loaded = (await import(addressOf(`undertone-plugin-${name}`)).catch((cause: unknown) => {
    throw new UndertoneError('PLUGIN_INVALID', {
      subject,
      problem: `cannot be loaded from the package undertone-plugin-${name}`,
      remedy: 'Install it, or remove it from "plugins" in the configuration.',
      cause,
    });
  })) as { plugin?: PlatformPlugin };
  const { plugin } = loaded;
  if (plugin?.name === name && typeof plugin.start === 'function' && typeof plugin.stop === 'function') return plugin;
  throw new UndertoneError('PLUGIN_INVALID', {
    subject,
    problem: 'is no plugin of that name',
    remedy: 'Its package must export "plugin", made by definePlugin, with the same name.',
  });
}

/** Where a package is, seen from the folder one is in; else its name, to be found beside Undertone. */
function addressOf(name: string): string {
  try {
    return pathToFileURL(createRequire(join(process.cwd(), 'any.js')).resolve(name)).href;
  } catch {
    return name;
  }
}
