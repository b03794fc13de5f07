import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  callPicture,
  definePlugin,
  drawPng,
  postSigned,
  UndertoneError,
  type Annotation,
  type PlatformPlugin,
  type PluginHost,
} from 'undertone';
import { readAnnouncement } from './announcing.ts';
import { AudioSocketServer } from './asterisk/audio-socket-server.ts';
import { CallDesk } from './call-desk.ts';
import { webhookCarrier } from './carriers/webhook-carriers.ts';
import { commands } from './commands.ts';
import { answer, hasToken, isLocal } from './requests.ts';
import type { Service } from './service.ts';
import { readSettings, requireSecrets } from './settings.ts';
import { Sockets } from './sockets.ts';
import { Once, Tickets, type AnnouncedCall } from './tickets.ts';
import { answerWebhook } from './webhooks.ts';

/** The plugin while it runs. */
interface Running {
  readonly service: Service;
  readonly sockets: Sockets;
  readonly audioSocket?: AudioSocketServer;
}

/** Calls of carriers and of Asterisk. */
export class TelephonyPlugin implements PlatformPlugin {
  readonly name = 'telephony';
  readonly capabilities = { live: true, batch: false, perSpeaker: true, edit: false, privateReply: false };
  readonly mountAt = '/telephony';
  readonly commands = commands;
  #running: Running | undefined;

  /** Where AudioSocket is listened on; undefined where it is not. */
  get audioSocketPort(): number | undefined {
    return this.#running?.audioSocket?.port;
  }

  /** @throws UndertoneError CONFIG_INVALID, ADDRESS_UNAVAILABLE */
  async start(host: PluginHost): Promise<void> {
    const { clock, log, config } = host;
    const telephony = readSettings(config);
    requireSecrets(telephony);
    const { settings, dialects } = telephony;
    const service = { telephony, tickets: new Tickets(clock), used: new Once(), clock, log };
    const running = { service: { ...service, desk: new CallDesk(host, telephony) } };
    const { audiosocket, mostCalls } = settings;
    const audioSocket =
      audiosocket && (await AudioSocketServer.start({ ...audiosocket, ...running.service, mostCalls }));
    this.#running = { ...running, sockets: new Sockets(running.service), ...(audioSocket && { audioSocket }) };
    if (settings.insecure) log.warn('carriers are taken without their secrets, from this machine: not for real calls');
    // The law allows it for few reasons: whoever switched it on must find it here.
    if (settings.hearAgents) log.warn('agents are heard too, where the consent settings allow employees');
    log.info('calls are taken', { dialects: dialects.join(' ') });
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (!running) return;
    await Promise.all([running.sockets.close(), running.audioSocket?.close()]);
    await running.service.desk.close();
  }

  async handleHttp(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const { service, sockets } = this.#started;
    const { pathname } = new URL(request.url ?? '/', 'http://any');
    const [first = '', second = '', ...more] = pathname.slice(1).split('/');
    const carrier = webhookCarrier(first);
    const isWebhook = carrier && service.telephony.settings[carrier.name] && more.length === 0;
    if (isWebhook && ['voice', 'events', 'consent'].includes(second)) {
      if (request.method !== 'POST' && request.method !== 'GET') answer(response, 405);
      else {
        const { status, type, body: markup } = await answerWebhook(service, carrier, second, request, body);
        answer(response, status, type, markup);
      }
      return;
    }
    const isOurs = pathname === '/announce' || pathname === '/asterisk/connect' || first === 'calls';
    if (!isOurs) answer(response, 404);
    else if (!this.#isTold(request)) answer(response, 401);
    else if (first === 'calls') await sendReport(service.desk, request, response, second, more);
    else if (request.method !== 'POST') answer(response, 405);
    else if (pathname === '/announce') announce(service, request, response, body);
    else connect(service, sockets, response, new URLSearchParams(body.toString()));
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#started.sockets.handleUpgrade(request, socket, head);
  }

  async publish(
    _: unknown,
    annotation: Annotation,
    { idempotencyKey }: { readonly idempotencyKey: string },
  ): Promise<void> {
    const { telephony, clock } = this.#started.service;
    const { webhook } = telephony.settings;
    // Switched off since it was written down.
    if (!webhook) return;
    const secret = telephony.secret('webhookSecret') ?? '';
    await postSigned({ url: webhook.url, secret }, annotation, { idempotencyKey, nowMs: clock() });
  }

  get #started(): Running {
    if (this.#running) return this.#running;
    throw new UndertoneError('PLUGIN_FAILED', { problem: 'the plugin does not run', remedy: 'Start it.' });
  }

  /** Whether a request is made by the owner's own programs. */
  #isTold(request: IncomingMessage): boolean {
    const { telephony } = this.#started.service;
    const token = telephony.secret('token');
    return token === undefined ? telephony.settings.insecure && isLocal(request) : hasToken(request, token);
  }
}

/** Lets a call's sound come: answers with the UUID that it must bring along. */
function announce(
  { telephony, tickets }: Service,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): void {
  const { settings, publicUrl } = telephony;
  const isJson = (request.headers['content-type'] ?? '').startsWith('application/json');
  const call = readAnnouncement(isJson ? jsonOf(body) : Object.fromEntries(new URLSearchParams(body.toString())));
  const isServed = call && settings[call.dialect] && call.dialect !== 'genesys' && call.dialect !== 'chan-websocket';
  if (!isServed) answer(response, 400, 'text/plain', 'This announces no call of a dialect that is served so.\n');
  else if (isRefusedAgent(call, settings)) answer(response, 403, 'text/plain', 'Agents are not heard.\n');
  else {
    const id = tickets.issue(call);
    // What a dialplan can use: CURL() gives the answer as it is.
    if (!isJson) answer(response, 200, 'text/plain', id);
    else {
      const { audiosocket } = settings;
      const url =
        call.dialect === 'audiosocket'
          ? `${audiosocket!.host}:${audiosocket!.port}`
          : `${publicUrl.replace(/^http/, 'ws')}/${call.dialect}/stream/${id}`;
      answer(response, 200, 'application/json', JSON.stringify({ id, url }));
    }
  }
}

/** Connects to a channel of Asterisk that waits for it. */
function connect({ telephony }: Service, sockets: Sockets, response: ServerResponse, form: URLSearchParams): void {
  const { settings } = telephony;
  const { mediaUrl } = settings['chan-websocket'] ?? {};
  const { connection = '', ...fields } = Object.fromEntries(form);
  const call = readAnnouncement({ ...fields, dialect: 'chan-websocket' });
  if (mediaUrl === undefined) answer(response, 404, 'text/plain', 'There is no chan-websocket.mediaUrl.\n');
  else if (!call || !/^[\w.-]{1,128}$/.test(connection)) answer(response, 400);
  else if (isRefusedAgent(call, settings)) answer(response, 403, 'text/plain', 'Agents are not heard.\n');
  else {
    sockets.connect(mediaUrl, connection, call);
    answer(response, 204);
  }
}

const isRefusedAgent = ({ side }: AnnouncedCall, { hearAgents }: { readonly hearAgents: boolean }): boolean =>
  side === 'outbound' && !hearAgents;

async function sendReport(
  desk: CallDesk,
  { method }: IncomingMessage,
  response: ServerResponse,
  callId: string,
  [file, ...more]: readonly string[],
): Promise<void> {
  const report = more.length === 0 ? desk.report(decoded(callId)) : undefined;
  if (method !== 'GET') answer(response, 405);
  else if (!report || !['report.json', 'report.png'].includes(file ?? '')) answer(response, 404);
  else if (file === 'report.json') answer(response, 200, 'application/json', JSON.stringify(report));
  else answer(response, 200, 'image/png', await drawPng(callPicture(report)));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

export const createTelephonyPlugin = (): TelephonyPlugin => definePlugin(new TelephonyPlugin());
