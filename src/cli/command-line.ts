import { Command, CommanderError } from 'commander';
import { UndertoneError, type ErrorCode } from '../errors.ts';
import { compareCommand } from './compare.ts';
import { corporaCommand } from './corpora.ts';
import { doctorCommand } from './doctor.ts';
import { evaluateCommand } from './evaluate.ts';
import { exploreCommand } from './explore.ts';
import { featuresCommand } from './features.ts';
import { modelsCommand } from './models.ts';
import { plotCommand } from './plot.ts';
import { predictCommand } from './predict.ts';
import { trainCommand } from './train.ts';
import { packageVersion } from './version.ts';

/** What the command line says to the shell. */
export const EXIT = { good: 0, failed: 1, wrongUse: 2 } as const;

/** Errors that the command line itself caused. */
const WRONG_USE: readonly ErrorCode[] = [
  'USAGE',
  'FEATURE_UNKNOWN',
  'FEATURE_CONFIG_INVALID',
  'AUDIO_INVALID_RATE',
  'CORPUS_UNKNOWN',
  'RECIPE_INVALID',
];

function createProgram(): Command {
  const program = new Command('undertone')
    .description('Hears how people speak: speech emotion recognition for conversations.')
    .version(packageVersion())
    .showHelpAfterError('(add --help for the options and examples)')
    .addHelpText(
      'after',
      `
Examples:
  undertone predict call.opus --plot call.png
  undertone features speech.wav --feature mfcc --json
  undertone plot call.mp3 --out call.png
  undertone train corpora/ --out models/my-model
  undertone doctor

Exit codes: 0 good, 1 failed, 2 wrong use.`,
    );
  for (const command of [
    predictCommand(),
    modelsCommand(),
    featuresCommand(),
    plotCommand(),
    corporaCommand(),
    exploreCommand(),
    trainCommand(),
    evaluateCommand(),
    compareCommand(),
    doctorCommand(),
  ]) {
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
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const program = createProgram();
  if (args.length === 0) {
    program.outputHelp();
    return EXIT.good;
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : EXIT.good;
  } catch (error) {
    return report(error, args.includes('--json'));
  }
}
