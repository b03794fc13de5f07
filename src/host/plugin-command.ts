import type { PluginConfig } from './plugin.ts';

/** A command that a plugin brings along: `undertone <plugin> <command>`. It runs without a host. */
export interface PluginCommand {
  readonly name: string;
  /** What it does, in one sentence. */
  readonly description: string;
  /** What follows the name, as commander writes it: `<number>`, `[number]`, `[numbers...]`. */
  readonly arguments?: readonly { readonly usage: string; readonly description: string }[];
  /** As commander writes them: `--guild <id>`. `--json` and `--config <file>` are every command's. */
  readonly options?: readonly { readonly flags: string; readonly description: string }[];
  /** Whole lines, for `--help`. */
  readonly examples?: readonly string[];
  /**
   * Does it; resolves to the exit code, by default 0: 1 where it failed, 2 where it was called wrongly.
   * @throws UndertoneError to be shown to the user
   */
  run(call: PluginCommandCall): Promise<number | undefined> | number | undefined;
}

/** How a command was called. */
export interface PluginCommandCall {
  readonly config: PluginConfig;
  /** What was said after the name, in order. */
  readonly arguments: readonly string[];
  /** What was said of `options`, by name: `--dry-run` is `dryRun`. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** Whether the answer is for a machine: then it is one JSON document. */
  readonly json: boolean;
  /** Writes a line to standard output. */
  print(line: string): void;
}
