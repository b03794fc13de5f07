// AudioSocket and chan_websocket, spoken by a real Asterisk.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { EmotionPredictor, resample, type CallReport } from 'undertone';
import { encodeWav } from '../../../test/helpers/audio-writers.ts';
import { utterances } from '../../../test/helpers/live.ts';
import { Asterisk, whyNoAsterisk } from './helpers/asterisk.ts';
import { CUSTOMER, KEYS, LINE } from './helpers/drivers.ts';
import { running, type Running } from './helpers/running.ts';

const why = whyNoAsterisk();
const MEDIA_PORT = 20_000 + Math.floor(Math.random() * 20_000);
/** The first two of six utterances: Asterisk plays in real time. */
const sound = resample(utterances().subarray(0, 6 * 48_000), 48_000, 8_000);

const dialplan = (url: string, port: number): string => `
[play]
exten => s,1,Answer()
 same => n,Playback(FOLDER/speech)
 same => n,Hangup()
exten => keys,1,Answer()
 same => n,SendDTMF(9)
 same => n,Playback(FOLDER/speech)
 same => n,Hangup()

[announce]
exten => s,1,Set(CURLOPT(httpheader)=Authorization: Bearer ${KEYS.token})
 same => n,Set(UUID=\${CURL(${url}/announce,call=\${CALL}&customer=${encodeURIComponent(CUSTOMER)}&line=${encodeURIComponent(LINE)})})
 same => n,Return()

[calls]
exten => audiosocket,1,Answer()
 same => n,Gosub(announce,s,1)
 same => n,AudioSocket(\${UUID},127.0.0.1:${port})
exten => audiosocket16,1,Answer()
 same => n,Gosub(announce,s,1)
 same => n,Dial(AudioSocket/127.0.0.1:${port}/\${UUID}/c(slin16))
exten => unannounced,1,Answer()
 same => n,AudioSocket(${randomUUID()},127.0.0.1:${port})
exten => websocket,1,Answer()
 same => n,Dial(WebSocket/undertone/c(slin16)v(call=\${CALL},customer=${encodeURIComponent(CUSTOMER)},line=${encodeURIComponent(LINE)}))
exten => json,1,Answer()
 same => n,Dial(WebSocket/undertone/c(ulaw)f(json)v(call=\${CALL},customer=${encodeURIComponent(CUSTOMER)},line=${encodeURIComponent(LINE)}))
exten => incoming,1,Answer()
 same => n,Dial(WebSocket/INCOMING/c(slin16),,b(connect^s^1(\${CALL})))
exten => beside,1,Answer()
 same => n,Gosub(announce,s,1)
 same => n,Originate(AudioSocket/127.0.0.1:${port}/\${UUID},app,ChanSpy,"\${CHANNEL},qoE",,a)
 same => n,Wait(10)

[connect]
exten => s,1,Set(CURLOPT(httpheader)=Authorization: Bearer ${KEYS.token})
 same => n,Set(ANSWER=\${CURL(${url}/asterisk/connect,connection=\${MEDIA_WEBSOCKET_CONNECTION_ID}&call=\${ARG1}&customer=${encodeURIComponent(CUSTOMER)}&line=${encodeURIComponent(LINE)})})
 same => n,Return()
`;

const client = (url: string): string => `
[undertone]
type = websocket_client
uri = ${url.replace('http', 'ws')}/asterisk/media
protocols = media
username = asterisk
password = ${KEYS.asterisk}
connection_type = per_call_config
connection_timeout = 2000
reconnect_interval = 500
reconnect_attempts = 2
tls_enabled = no
`;

const http = `
[general]
enabled = yes
bindaddr = 127.0.0.1
bindport = ${MEDIA_PORT}
`;

jest.setTimeout(60_000);

describe('a real Asterisk', () => {
  if (why !== undefined) {
    test.skip(`is not tried: ${why}`, () => undefined);
    return;
  }
  let served: Running;
  let asterisk: Asterisk;
  let expected: string[];

  beforeAll(async () => {
    served = await running({
      keys: { consent: '1', withdraw: '9' },
      audiosocket: { port: 0, notice: 'elsewhere' },
      'chan-websocket': { notice: 'elsewhere', mediaUrl: `ws://127.0.0.1:${MEDIA_PORT}/media` },
    });
    asterisk = await Asterisk.start(
      {
        'extensions.conf': dialplan(served.url, served.plugin.audioSocketPort!),
        'websocket_client.conf': client(served.url),
        'http.conf': http,
        'chan_websocket.conf': '[global]\ncontrol_message_format = plain-text\n',
      },
      { 'speech.wav': encodeWav([sound], 8_000) },
    );
    const predictor = await EmotionPredictor.load();
    const { segments } = await predictor.predictRecording([resample(sound, 8_000, predictor.sampleRateHz)]);
    expected = segments.map(({ label }) => label);
  }, 120_000);

  afterAll(async () => {
    await asterisk.close();
    await served.close();
  });

  /** Brings a call in, waits until it is over, and gets its report. */
  async function call(extension: string, speech = 's'): Promise<CallReport> {
    const id = randomUUID();
    await asterisk.command(`dialplan set global CALL ${id}`);
    await asterisk.command(`channel originate Local/${speech}@play extension ${extension}@calls`);
    for (let tries = 0; tries < 250; tries++) {
      const answer = await served.asOwner(`/calls/${id}/report.json`);
      if (answer.status === 200) return (await answer.json()) as CallReport;
      await sleep(100);
    }
    throw new Error(`The call ${extension} does not end: ${asterisk.said.slice(-3000)}`);
  }

  const labelsOf = ({ speakers }: CallReport): string[] =>
    speakers.flatMap(({ timeline }) => timeline.map(({ label }) => label));

  test.each(['audiosocket', 'audiosocket16', 'websocket', 'json', 'incoming', 'beside'])(
    'its call by %s is heard as the recording is',
    async (extension) => {
      const report = await call(extension);
      expect(report.speakers.map(({ speaker, role }) => [speaker, role])).toEqual([[CUSTOMER, 'customer']]);
      expect(labelsOf(report)).toEqual(expected);
    },
  );

  test('keys that are pressed come through', async () => {
    const report = await call('websocket', 'keys');
    expect(report.speakers).toEqual([]);
  });

  test('a call that nobody has announced is refused, and Asterisk goes on', async () => {
    const before = served.under.sessions.length;
    await asterisk.command('channel originate Local/s@play extension unannounced@calls');
    await served.under.until('it is refused', () =>
      served.under.lines.some((line) => line.includes('nobody has announced')),
    );
    expect(served.under.sessions).toHaveLength(before);
  });
});
