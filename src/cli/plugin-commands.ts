import { Command } from 'commander';
import { loadConfig, type PlatformPlugin, type PluginCommand } from '../host/index.ts';
import { CONFIG_OPTION, configPath } from './config-option.ts';

type Options = Readonly<Record<string, string | boolean | undefined>>;

/** `undertone <plugin>` with the commands that the plugin brings along. */
export function pluginCommands({ name, commands = [] }: PlatformPlugin): Command {
  const parent = new Command(name).description(`The commands of the plugin ${name}.`);
  for (const command of commands) parent.addCommand(pluginCommand(name, command));
  return parent;
}

function pluginCommand(plugin: string, parts: PluginCommand): Command {
  const command = new Command(parts.name).description(parts.description);
  for (const { usage, description } of parts.arguments ?? []) command.argument(usage, description);
  for (const { flags, description } of parts.options ?? []) command.option(flags, description);
  command.option(...CONFIG_OPTION).option('--json', 'print the answer as JSON');
  if (parts.examples)
    command.addHelpText('after', `\nExamples:\n${parts.examples.map((line) => `  ${line}\n`).join('')}`);
  return command.action(async () => {
    const { config: file, json, ...options } = command.opts<Options>();
    const { config, secrets } = await loadConfig(
      configPath(typeof file === 'string' ? { config: file } : {}),
      process.env,
    );
    const code = await parts.run({
      config: {
        settings: config.plugins[plugin] ?? {},
        secret: (secret) => secrets.pluginSecret(plugin, secret),
      },
      arguments: command.args,
      options,
      json: json === true,
      print: (line) => {
        console.log(line);
      },
    });
    if (code) process.exitCode = code;
  });
}
