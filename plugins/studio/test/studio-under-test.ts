// The studio as somebody meets it: `npm start`'s own script in a process, and a real Chromium before it.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

const START = fileURLToPath(new URL('../../../scripts/start.mjs', import.meta.url));
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path));

/** Why no browser test runs; null: they do. */
export const noChromium =
  executablePath === undefined ? 'there is no Chromium: install Debian’s package, or set CHROMIUM to its path' : null;

/** A host in a process of its own, in an empty folder. */
export class StudioUnderTest {
  readonly #folder = mkdtempSync(join(tmpdir(), 'undertone-studio-'));
  #child: ChildProcess | undefined;

  /** The address that it printed. */
  url = '';
  token = '';

  async start(port = 0): Promise<void> {
    const environment = { ...process.env, UNDERTONE_PORT: String(port) };
    const child = spawn(process.execPath, [START], { cwd: this.#folder, env: environment });
    this.#child = child;
    let [said, logged] = ['', ''];
    child.stderr.on('data', (data: Buffer) => (logged += data.toString()));
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (data: Buffer) => {
        said += data.toString();
        const [, url, token] = /^Studio: (\S+\/plugins\/studio\/#token=(\w+))$/m.exec(said) ?? [];
        if (url === undefined) return;
        [this.url, this.token] = [url, token!];
        resolve();
      });
      child.once('exit', () => {
        reject(new Error(logged));
      });
    });
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    const gone = once(this.#child!, 'exit');
    this.#child!.kill('SIGKILL');
    await gone;
  }

  /** @returns the exit code */
  async stop(): Promise<number> {
    const gone = once(this.#child!, 'exit');
    this.#child!.kill('SIGTERM');
    return ((await gone) as [number])[0];
  }
}

/** @param microphone the WAV that its fake microphone plays, once; absent: it has a microphone that is refused */
export async function launch(microphone?: string): Promise<Browser> {
  return await chromium.launch({
    executablePath: executablePath!,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--use-fake-device-for-media-stream',
      ...(microphone === undefined
        ? ['--deny-permission-prompts']
        : ['--use-fake-ui-for-media-stream', `--use-file-for-fake-audio-capture=${microphone}%noloop`]),
    ],
  });
}

/** A page with what went wrong in it, and with axe at hand. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of scripts, and what the content security policy refused. */
  readonly errors: string[];
  /** Addresses that were asked, and the bytes of their answers. */
  readonly requests: { readonly url: string; readonly bytes: number }[];
}

export async function visit(browser: Browser, url: string): Promise<Visit> {
  const context = await browser.newContext({ acceptDownloads: true });
  await context.addInitScript({ path: AXE });
  const page = await context.newPage();
  const [errors, requests]: [string[], Visit['requests']] = [[], []];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('requestfinished', (request) => {
    void request.sizes().then(
      ({ responseBodySize, responseHeadersSize }) => {
        requests.push({ url: request.url(), bytes: responseBodySize + responseHeadersSize });
      },
      // The page was closed meanwhile.
      () => undefined,
    );
  });
  await page.goto(url);
  return { page, context, errors, requests };
}

/** What axe finds on a page that is serious or critical. */
export async function seriousFindings(page: Page): Promise<string[]> {
  return await page.evaluate(async () => {
    interface Finding {
      readonly id: string;
      readonly impact: string | null;
      readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
    }
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: readonly Finding[] }> } };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('; ')}`,
      );
  });
}
