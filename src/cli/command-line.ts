import { Command, CommanderError } from 'commander';
import { UndertoneError, type ErrorCode } from '../errors.ts';
import { EXIT } from './exit.ts';
import { isPlugin, loadPlugin, switchedOn } from './load-plugins.ts';
import { packageVersion } from './version.ts';

/** Errors that the command line itself caused. */
const WRONG_USE: readonly ErrorCode[] = [
  'USAGE',
  'FEATURE_UNKNOWN',
  'FEATURE_CONFIG_INVALID',
  'AUDIO_INVALID_RATE',
  'CORPUS_UNKNOWN',
  'RECIPE_INVALID',
  'CONFIG_INVALID',
];

/** Loaded when they are wanted: training's libraries would double the time in which a prediction starts. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  predict: async () => (await import('./predict.ts')).predictCommand(),
  live: async () => (await import('./live.ts')).liveCommand(),
  models: async () => (await import('./models.ts')).modelsCommand(),
  features: async () => (await import('./features.ts')).featuresCommand(),
  plot: async () => (await import('./plot.ts')).plotCommand(),
  corpora: async () => (await import('./corpora.ts')).corporaCommand(),
  explore: async () => (await import('./explore.ts')).exploreCommand(),
  train: async () => (await import('./train.ts')).trainCommand(),
  evaluate: async () => (await import('./evaluate.ts')).evaluateCommand(),
  serve: async () => (await import('./serve.ts')).serveCommand(),
  config: async () => (await import('./serve.ts')).configCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
};

/** The program with the command that the arguments begin with; with all, where they begin with none. */
async function createProgram(first: string | undefined): Promise<Command> {
  const isOwn = first !== undefined && Object.hasOwn(COMMANDS, first);
  const plugin = first !== undefined && !isOwn && isPlugin(first) ? await loadPlugin(first) : undefined;
  const wanted = isOwn ? [first] : plugin ? [] : Object.keys(COMMANDS);
  const program = new Command('undertone')
    .description('Hears how people speak: speech emotion recognition for conversations.')
    .version(packageVersion())
    .showHelpAfterError('(add --help for the options and examples)')
    .addHelpText(
      'after',
      `
Examples:
  undertone predict call.opus --plot call.png
  undertone live
  undertone features speech.wav --feature mfcc --json
  undertone plot call.mp3 --out call.png
  undertone train corpora/ --out models/my-model
  undertone serve
  undertone doctor
  undertone <plugin> --help

Without arguments it serves, where a platform's token is set (DISCORD_TOKEN), and shows this help where none is.
Exit codes: 0 good, 1 failed, 2 wrong use.`,
    );
  const commands = await Promise.all(wanted.map((name) => COMMANDS[name]!()));
  if (plugin) commands.push((await import('./plugin-commands.ts')).pluginCommands(plugin));
  for (const command of commands) {
    applyToAll(command, (each) => each.copyInheritedSettings(program));
    program.addCommand(command);
  }
  applyToAll(program, (command) => command.exitOverride());
  return program;
}

function applyToAll(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const child of command.commands) applyToAll(child, change);
}

/** Prints what went wrong, as JSON where the caller asked for JSON, and says with which code to exit. */
function report(error: unknown, asJson: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.good : EXIT.wrongUse;
  if (!(error instanceof UndertoneError)) throw error;
  const { code, message, retryable } = error;
  console.error(asJson ? JSON.stringify({ error: { code, message, retryable } }) : `undertone: ${message}`);
  return WRONG_USE.includes(code) ? EXIT.wrongUse : EXIT.failed;
}

/** Runs the command line with these arguments (without node and script) and resolves to the exit code. */
export async function runCommandLine(given: readonly string[]): Promise<number> {
  const args = given.length === 0 && switchedOn(process.env).length > 0 ? ['serve'] : given;
  try {
    const program = await createProgram(args[0]);
    if (args.length === 0) {
      program.outputHelp();
      return EXIT.good;
    }
    await program.parseAsync(args, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : EXIT.good;
  } catch (error) {
    return report(error, args.includes('--json'));
  }
}
