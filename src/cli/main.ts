#!/usr/bin/env node
import { runCommandLine } from './command-line.ts';
import { EXIT } from './exit.ts';

process.stdout.on('error', ({ code = 'unknown reason' }: NodeJS.ErrnoException) => {
  // A reader that closes the pipe early (`| head`) is no failure.
  if (code === 'EPIPE') process.exit(EXIT.good);
  console.error(`undertone: standard output cannot be written (${code}). Check that the disk has room.`);
  process.exit(EXIT.failed);
});

process.exitCode = await runCommandLine(process.argv.slice(2));
