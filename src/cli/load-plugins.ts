import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UndertoneError } from '../errors.ts';
import type { PlatformPlugin } from '../host/index.ts';

const PREFIX = 'undertone-plugin-';

/**
 * Loads the plugins that a configuration names: of each, `plugin` of the package `undertone-plugin-<name>`, installed in
 * the folder one is in or beside Undertone.
 * @throws UndertoneError PLUGIN_INVALID
 */
export async function loadPlugins(names: readonly string[]): Promise<PlatformPlugin[]> {
  return await Promise.all(names.map(loadPlugin));
}

/** As {@link loadPlugins}, of one. */
export async function loadPlugin(name: string): Promise<PlatformPlugin> {
  const subject = `plugin "${name}"`;
  const loaded = (await import(addressOf(`${PREFIX}${name}`)).catch((cause: unknown) => {
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

/** The folders in which plugins may be installed: those of the folder one is in, then those beside Undertone. */
function moduleFolders(): string[] {
  const folders = [join(process.cwd(), 'any.js'), import.meta.url].flatMap(
    (place) => createRequire(place).resolve.paths(PREFIX) ?? [],
  );
  return [...new Set(folders)].filter((folder) => existsSync(folder));
}

/** What a plugin's package says of it under `undertone`. */
interface PluginDescription {
  /** The variable of the environment that switches it on. */
  readonly switchedOnBy?: string;
  readonly serveOptions?: readonly Omit<ServeOption, 'plugin'>[];
}

/** An option of `undertone serve` that is a plugin's setting. */
export interface ServeOption {
  readonly plugin: string;
  /** As commander writes them: `--shards <count>`. */
  readonly flags: string;
  /** Of `plugins.<plugin>` in the configuration. */
  readonly setting: string;
  readonly description: string;
}

/** The plugins that are installed, by name. */
function installedPlugins(): Map<string, PluginDescription> {
  const found = new Map<string, PluginDescription>();
  for (const folder of moduleFolders()) {
    for (const entry of readdirSync(folder)) {
      const name = entry.slice(PREFIX.length);
      if (!entry.startsWith(PREFIX) || found.has(name)) continue;
      const description = readPackage(join(folder, entry, 'package.json'));
      if (description) found.set(name, description.undertone ?? {});
    }
  }
  return found;
}

function readPackage(path: string): { readonly undertone?: PluginDescription } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { undertone?: PluginDescription };
  } catch {
    return undefined;
  }
}

/** Whether there is a plugin of this name to be loaded. */
export function isPlugin(name: string): boolean {
  return installedPlugins().has(name);
}

/**
 * The plugins that the environment switches on: those of whose package `undertone.switchedOnBy` names a variable that
 * is set, such as a platform's token.
 */
export function switchedOn(environment: Readonly<Record<string, string | undefined>>): string[] {
  return [...installedPlugins()]
    .filter(([, { switchedOnBy: by }]) => by !== undefined && environment[by])
    .map(([name]) => name);
}

/** The settings of installed plugins that are options of `undertone serve`: `undertone.serveOptions` of their packages. */
export function serveOptions(): ServeOption[] {
  return [...installedPlugins()].flatMap(([plugin, { serveOptions: own = [] }]) =>
    own.map((option) => ({ ...option, plugin })),
  );
}
