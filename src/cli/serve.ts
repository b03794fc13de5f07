import { Command, Option } from 'commander';
import {
  describeConfig,
  faultOf,
  Host,
  HostServer,
  jsonLog,
  loadConfig,
  requireFreeAddress,
  type HostConfig,
} from '../host/index.ts';
import { EXIT } from './exit.ts';
import { CONFIG_OPTION, configPath, type ConfigOption } from './config-option.ts';
import { loadPlugins, serveOptions, switchedOn, type ServeOption } from './load-plugins.ts';

type PluginSettings = HostConfig['plugins'];

export function serveCommand(): Command {
  const command = new Command('serve')
    .description('Serve platforms and the API until the process is asked to end.')
    .option(...CONFIG_OPTION)
    .option('--insecure', 'believe whoever calls without a signature; to try things on this machine alone')
    .addHelpText(
      'after',
      `
Examples:
  undertone serve
  UNDERTONE_ADMIN_TOKEN=$(openssl rand -hex 32) undertone serve --config /etc/undertone.json
  DISCORD_TOKEN=... undertone serve --shards 4
  UNDERTONE_PORT=9000 DATABASE_URL=postgres://me:secret@db/undertone undertone serve
  curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8470/v1/sessions

A plugin runs where the configuration names it, or its platform's token is set (DISCORD_TOKEN).
The API describes itself at /openapi.json. SIGTERM and SIGINT end all sessions with their summaries; asked twice, the
process ends at once. The log goes to standard error, one line of JSON a message.`,
    )
    .action(async (options: ConfigOption & { readonly insecure?: boolean }) => {
      const { insecure = false } = options;
      const fromFile = await loadConfig(configPath(options), process.env);
      const loaded = { ...fromFile, config: withPluginOptions(fromFile.config) };
      const log = jsonLog((line) => {
        console.error(line);
      });
      // A plugin's forgotten promise must not end everybody's conversations.
      process.on('unhandledRejection', (cause) => {
        log.error('a promise failed that nobody waited for', { fault: faultOf(cause) });
      });
      await requireFreeAddress(loaded.config.http);
      const named = [...Object.keys(loaded.config.plugins), ...switchedOn(process.env)];
      const plugins = await loadPlugins([...new Set(named)]);
      const host = await Host.start({ ...loaded, plugins, log, insecure });
      let server: HostServer;
      try {
        server = await HostServer.start(host);
      } catch (error) {
        await host.stop();
        throw error;
      }
      console.log(`Undertone listens on ${server.url}`);
      const { madeToken } = host.access;
      if (madeToken !== undefined) console.log(`Admin token, until it ends: ${madeToken}`);
      for (const { name, page } of plugins) {
        // What follows "#" stays in the browser: it is in no request and in no log.
        const entrance = madeToken === undefined ? '' : `#token=${madeToken}`;
        if (page !== undefined) console.log(`${page}: ${server.url}/plugins/${name}/${entrance}`);
      }
      await askedToEnd();
      log.info('ending', { sessions: host.engine.sessions.size });
      const lost = await host.stop();
      await server.close();
      log.info('ended', { unwritten: lost });
      // Handles that a plugin left open must not keep the process.
      process.exit(lost > 0 ? EXIT.failed : EXIT.good);
    });
  const withPluginOptions = addPluginOptions(command);
  return command;
}

/**
 * Gives a command the options that are plugins' settings.
 * @returns what puts the settings that were given so into a configuration
 */
function addPluginOptions(command: Command): (config: HostConfig) => HostConfig {
  const added: [ServeOption, string][] = [];
  for (const plugins of serveOptions()) {
    const option = new Option(plugins.flags, `${plugins.description} (plugins.${plugins.plugin}.${plugins.setting})`);
    // Of two with one name, the first one found has it.
    if (command.options.some(({ long }) => long === option.long)) continue;
    command.addOption(option.argParser(numberIfOne));
    added.push([plugins, option.attributeName()]);
  }
  return (config) => {
    const given = command.opts<Record<string, unknown>>();
    const plugins: PluginSettings = { ...config.plugins };
    for (const [{ plugin, setting }, name] of added) {
      if (given[name] !== undefined) plugins[plugin] = { ...plugins[plugin], [setting]: given[name] };
    }
    return { ...config, plugins };
  };
}

/** A setting as a configuration file would have it. */
const numberIfOne = (text: string): string | number =>
  text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);

export function configCommand(): Command {
  return new Command('config')
    .description('Check the configuration and show what it comes to, with secrets hidden.')
    .option(...CONFIG_OPTION)
    .option('--json', 'print errors as JSON too')
    .addHelpText(
      'after',
      `
Examples:
  undertone config
  undertone config --config /etc/undertone.json | jq .http

config/README.md explains all settings.`,
    )
    .action(async (options: ConfigOption) => {
      const path = configPath(options);
      const loaded = await loadConfig(path, process.env);
      console.log(JSON.stringify({ file: path, ...describeConfig(loaded) }, null, 2));
    });
}

/** Resolves with the first signal; the second ends the process as if nobody listened. */
async function askedToEnd(): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      process.off('SIGINT', end).off('SIGTERM', end);
      resolve();
    };
    process.on('SIGINT', end).on('SIGTERM', end);
  });
}
