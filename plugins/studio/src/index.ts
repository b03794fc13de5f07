import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { definePlugin, UndertoneError, type PlatformPlugin, type PluginHost } from 'undertone';
import { z } from 'zod';
import { LiveSockets } from './live-sockets.ts';
import { readModelFacts } from './model-facts.ts';
import { PageFiles } from './page-files.ts';

const settingsSchema = z.strictObject({
  /** Pages that may be connected at once. */
  mostPages: z.int().min(1).max(1000).default(20),
  /** A page that does not answer within two of these is gone. */
  heartbeatMs: z.int().min(100).default(10_000),
});

/** The page in a browser: speak or drop a recording, and see who sounds how. */
export class Studio implements PlatformPlugin {
  readonly name = 'studio';
  readonly page = 'Studio';
  readonly capabilities = { live: true, batch: false, perSpeaker: true, edit: false, privateReply: false };
  #running: { readonly host: PluginHost; readonly files: PageFiles; readonly sockets: LiveSockets } | undefined;

  /** @throws UndertoneError CONFIG_INVALID, PLUGIN_INVALID */
  async start(host: PluginHost): Promise<void> {
    const settings = settingsSchema.safeParse(host.config.settings);
    if (!settings.success) {
      throw new UndertoneError('CONFIG_INVALID', {
        subject: 'plugins.studio',
        problem: z.prettifyError(settings.error),
        remedy: 'Correct it; plugins/studio/README.md explains all settings.',
      });
    }
    const files = await PageFiles.load();
    this.#running = { host, files, sockets: new LiveSockets(host, settings.data) };
  }

  async stop(): Promise<void> {
    await this.#running?.sockets.close();
    this.#running = undefined;
  }

  async handleHttp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host, files } = this.#running!;
    const path = new URL(request.url ?? '/', 'http://host').pathname;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    } else if (path === '/model.json') {
      const status = host.refusalOf(request, 'viewer');
      response.writeHead(status ?? 200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(status === null ? JSON.stringify(await readModelFacts(host.model)) : '{}');
    } else {
      files.answer(path, response);
    }
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#running!.sockets.upgrade(request, socket, head);
  }
}

export const plugin = definePlugin(new Studio());
