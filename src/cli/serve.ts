import { Command } from 'commander';
import { describeConfig, faultOf, Host, HostServer, jsonLog, loadConfig, requireFreeAddress } from '../host/index.ts';
import { EXIT } from './exit.ts';
import { CONFIG_OPTION, configPath, type ConfigOption } from './config-option.ts';
import { loadPlugins, switchedOn } from './load-plugins.ts';

export function serveCommand(): Command {
  return new Command('serve')
    .description('Serve platforms and the API until the process is asked to end.')
    .option(...CONFIG_OPTION)
    .addHelpText(
      'after',
      `
Examples:
  undertone serve
  UNDERTONE_ADMIN_TOKEN=$(openssl rand -hex 32) undertone serve --config /etc/undertone.json
  UNDERTONE_PORT=9000 DATABASE_URL=postgres://me:secret@db/undertone undertone serve
  curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8470/v1/sessions

A plugin runs where the configuration names it, or its platform's token is set (DISCORD_TOKEN).
The API describes itself at /openapi.json. SIGTERM and SIGINT end all sessions with their summaries; asked twice, the
process ends at once. The log goes to standard error, one line of JSON a message.`,
    )
    .action(async (options: ConfigOption) => {
      const loaded = await loadConfig(configPath(options), process.env);
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
      const host = await Host.start({ ...loaded, plugins, log });
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
}

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
