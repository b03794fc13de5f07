import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The built program. */
export const MAIN = new URL('../../dist/cli/main.js', import.meta.url).pathname;

/** Runs the built command line as a user does and waits for it. */
export function undertone(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    // Jest gives tests a copy: what a test changes in it, its programs shall see.
    env: process.env,
    maxBuffer: 2 ** 28,
  });
  return { code: status, stdout, stderr };
}

/** An empty folder for one test file. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'undertone-'));
