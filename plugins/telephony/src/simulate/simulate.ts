import { createPrivateKey, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  decodeAudio,
  numberOption,
  resample,
  textOption,
  UndertoneError,
  wrongUse,
  type CallReport,
  type PluginCommandCall,
} from 'undertone';
import { DIALECTS, readSettings, type Dialect, type Telephony } from '../settings.ts';
import { AudioSocketPlayer, ChanWebSocketPlayer } from './asterisk-players.ts';
import { GenesysPlayer } from './genesys-player.ts';
import { play, type PlayedCall, type PlayedCarrier } from './played-carrier.ts';
import { plivoScript, signalwireScript, telnyxScript, vonageScript } from './scripts.ts';
import { WebhookPlayer } from './webhook-player.ts';

const REPORT_TRIES = 50;

/** `undertone telephony simulate`: brings a recording in as a call. */
export async function simulate(call: PluginCommandCall): Promise<number> {
  const { config, json } = call;
  const [path = ''] = call.arguments;
  const dialect = DIALECTS.find((name) => name === textOption(call, 'dialect'));
  if (!dialect) throw wrongUse('--dialect', `is none of ${DIALECTS.join(', ')}`, 'See --help.');
  const speed = numberOption(call, 'speed', { otherwise: 1, least: 0.1, most: 1_000 });
  const telephony = readSettings(config);
  const url = (textOption(call, 'url') ?? 'http://127.0.0.1:8470/telephony').replace(/\/+$/, '');
  const played = {
    callId: randomUUID(),
    customer: textOption(call, 'customer') ?? '+15550001111',
    line: textOption(call, 'line') ?? '+15559990000',
  };
  const { samples, sampleRateHz } = await decodeAudio(path);
  const agent = textOption(call, 'agent');
  const agentSound = agent ? [await soundAt(agent, sampleRateHz)] : [];
  const token = config.secret('token');
  const carrier = playerOf(dialect, played, url, telephony, (name) => config.secret(name));
  const key = textOption(call, 'key');
  let isWanted = await reached(carrier.connect(), url);
  if (key) {
    await carrier.press(key);
    // The key may have been what was waited for.
    isWanted = true;
  }
  if (!isWanted) {
    call.print(
      json ? JSON.stringify({ callId: played.callId, isHeard: false }) : 'The call is taken, and its sound not wanted.',
    );
    return 1;
  }
  await play(carrier, [samples, ...agentSound], sampleRateHz, { speed });
  await carrier.hangUp();
  const report = token === undefined ? undefined : await reportOf(url, played.callId, token);
  if (json) call.print(JSON.stringify({ callId: played.callId, isHeard: true, report: report ?? null }));
  else for (const line of inWords(played.callId, report)) call.print(line);
  return 0;
}

async function soundAt(path: string, rateHz: number): Promise<Float32Array> {
  const { samples, sampleRateHz } = await decodeAudio(path);
  return resample(samples, sampleRateHz, rateHz);
}

function playerOf(
  dialect: Dialect,
  call: PlayedCall,
  url: string,
  telephony: Telephony,
  secret: (name: string) => string | undefined,
): PlayedCarrier {
  const { settings, publicUrl } = telephony;
  const address = { url, publicUrl };
  const [apiKey, clientSecret] = [secret('genesysApiKey'), secret('genesysClientSecret')];
  const telnyxKey = secret('telnyxPrivateKey');
  const password = secret('asteriskPassword');
  const token = secret('token');
  const { host = '127.0.0.1', port = 8471 } = settings.audiosocket ?? {};
  const asterisk = { url, host, port, ...(token && { token }), ...(password && { password }) };
  const sides = settings.hearAgents ? (['inbound', 'outbound'] as const) : (['inbound'] as const);
  switch (dialect) {
    case 'signalwire':
      return new WebhookPlayer(signalwireScript(secret('signalwireSigningKey')), call, address, sides);
    case 'telnyx':
      // Only Telnyx has the private half: without a key pair of one's own, it takes "insecure".
      return new WebhookPlayer(telnyxScript(telnyxKey ? createPrivateKey(telnyxKey) : undefined), call, address, sides);
    case 'plivo':
      return new WebhookPlayer(plivoScript(secret('plivoAuthToken')), call, address, sides);
    case 'vonage':
      return new WebhookPlayer(
        vonageScript(secret('vonageSignatureSecret'), settings.vonage?.sampleRateHz),
        call,
        address,
      );
    case 'genesys':
      return new GenesysPlayer(call, address, apiKey && clientSecret ? { apiKey, secret: clientSecret } : undefined);
    case 'audiosocket':
      return new AudioSocketPlayer(call, asterisk);
    case 'chan-websocket':
      return new ChanWebSocketPlayer(call, { ...asterisk, ...settings['chan-websocket'] });
  }
}

async function reached<T>(work: Promise<T>, url: string): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : '';
    throw new UndertoneError('PLUGIN_FAILED', {
      subject: url,
      problem: `does not take the call (${why})`,
      remedy: 'See that undertone serve runs there, with the same configuration and secrets as this command.',
      cause,
    });
  }
}

/** The report, once it is there: the last speech is heard after the call. */
async function reportOf(url: string, callId: string, token: string): Promise<CallReport | undefined> {
  for (let tries = 0; tries < REPORT_TRIES; tries++) {
    const answer = await fetch(`${url}/calls/${callId}/report.json`, { headers: { authorization: `Bearer ${token}` } });
    if (answer.ok) return (await answer.json()) as CallReport;
    await sleep(200);
  }
  return undefined;
}

function inWords(callId: string, report: CallReport | undefined): string[] {
  if (!report) return [`Call ${callId} is over. Set UNDERTONE_TELEPHONY_TOKEN to see its report.`];
  const heard = report.speakers.flatMap(({ role, timeline }) =>
    timeline.map(
      ({ startMs, endMs, label, confidence, uncertain }) =>
        `  ${(startMs / 1_000).toFixed(1)} s to ${(endMs / 1_000).toFixed(1)} s  ${role}  ${label} ${Math.round(100 * confidence)} %${uncertain ? ' (uncertain)' : ''}`,
    ),
  );
  return [`Call ${callId}: ${report.speakers.length === 0 ? 'nobody was heard' : ''}`, ...heard];
}
