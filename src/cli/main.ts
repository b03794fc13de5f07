#!/usr/bin/env node
import { EXIT } from './exit.ts';
import { neededNodeVersion } from './version.ts';

process.stdout.on('error', ({ code = 'unknown reason' }: NodeJS.ErrnoException) => {
  // A reader that closes the pipe early (`| head`) is no failure.
  if (code === 'EPIPE') process.exit(EXIT.good);
  console.error(`undertone: standard output cannot be written (${code}). Check that the disk has room.`);
  process.exit(EXIT.failed);
});

const needed = neededNodeVersion();
if (process.versions.node.localeCompare(needed, 'en', { numeric: true }) < 0) {
  console.error(
    `undertone: needs Node ${needed} or later, and this is ${process.versions.node}. ` +
      'In a checkout, `npm start -- <command>` runs it with the Node that was installed along.',
  );
  process.exitCode = EXIT.failed;
} else {
  // Not before: an older Node fails on what is imported, without a word about its version.
  const { runCommandLine } = await import('./command-line.ts');
  process.exitCode = await runCommandLine(process.argv.slice(2));
}
