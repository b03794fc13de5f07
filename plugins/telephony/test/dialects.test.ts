// Each dialect's words, as the carriers' documentations write them, and what they come to.
import { expect, test } from '@jest/globals';
import type { StreamDialect, StreamEvent } from 'undertone';
import { AudioSocketDialect, audioSocketMessage, SLIN_RATES_HZ, uuidBytes } from '../src/asterisk/audio-socket.ts';
import { ChanWebSocketDialect } from '../src/asterisk/chan-websocket.ts';
import { AudioHookSession } from '../src/carriers/genesys.ts';
import { plivo } from '../src/carriers/plivo.ts';
import { signalwire } from '../src/carriers/signalwire.ts';
import { telnyx } from '../src/carriers/telnyx.ts';
import { VonageDialect } from '../src/carriers/vonage.ts';

const INVALID = expect.objectContaining({ code: 'STREAM_MESSAGE_INVALID' }) as unknown as Error;
const read = (dialect: StreamDialect, message: string | Uint8Array): readonly StreamEvent[] =>
  dialect.read(Buffer.from(message as string), typeof message !== 'string');
const SOUND = Buffer.from([0xff, 0x7f, 0x00, 0x80]);
const B64 = SOUND.toString('base64');

test('SignalWire: Twilio’s messages, numbers as texts', () => {
  const dialect = signalwire.dialect();
  const streamSid = 'b1a7';
  expect(read(dialect, '{"event":"connected","protocol":"Call","version":"0.2.0"}')).toEqual([{ type: 'other' }]);
  expect(
    read(
      dialect,
      JSON.stringify({
        event: 'start',
        sequenceNumber: '1',
        start: {
          ...{
            streamSid,
            accountSid: 'a1',
            callSid: 'c1',
            tracks: ['inbound', 'outbound'],
            customParameters: { desk: '7' },
          },
          mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        },
        streamSid,
      }),
    ),
  ).toEqual([
    {
      ...{ type: 'start', streamId: streamSid, callId: 'c1', accountId: 'a1', sides: ['inbound', 'outbound'] },
      ...{ format: { codec: 'mulaw' }, parameters: { desk: '7' } },
    },
  ]);
  const media = { track: 'outbound', chunk: '65537', timestamp: '40', payload: B64 };
  expect(read(dialect, JSON.stringify({ event: 'media', sequenceNumber: '4', media, streamSid }))).toEqual([
    { type: 'media', streamId: streamSid, side: 'outbound', payload: SOUND, sequence: 1, timestamp: 320 },
  ]);
  expect(read(dialect, '{"event":"dtmf","dtmf":{"track":"inbound_track","digit":"#"}}')).toEqual([
    { type: 'dtmf', digit: '#' },
  ]);
  expect(read(dialect, '{"event":"stop","stop":{}}')).toEqual([{ type: 'stop' }]);
});

test('Telnyx: every codec that is heard, and the others are said', () => {
  const start = (encoding: string, sample_rate: number): string =>
    JSON.stringify({
      event: 'start',
      sequence_number: '1',
      stream_id: 's1',
      start: {
        ...{ user_id: 'u1', call_control_id: 'v2:c1', from: '+1', to: '+2', client_state: 'x' },
        media_format: { encoding, sample_rate, channels: 1 },
      },
    });
  const media = JSON.stringify({
    ...{ event: 'media', sequence_number: '4', stream_id: 's1' },
    media: { track: 'inbound', chunk: '2', timestamp: '20', payload: B64 },
  });
  const formats = [
    ['PCMU', 8_000, { codec: 'mulaw' }, 160],
    ['PCMA', 8_000, { codec: 'alaw' }, 160],
    ['L16', 16_000, { codec: 'l16', sampleRateHz: 16_000, littleEndian: false }, 320],
    ['OPUS', 16_000, { codec: 'opus' }, 960],
  ] as const;
  for (const [encoding, rate, format, timestamp] of formats) {
    const dialect = telnyx.dialect();
    expect(read(dialect, start(encoding, rate))).toMatchObject([{ type: 'start', callId: 'v2:c1', format }]);
    expect(read(dialect, media)).toMatchObject([{ streamId: 's1', side: 'inbound', sequence: 2, timestamp }]);
  }
  expect(() => read(telnyx.dialect(), start('G722', 8_000))).toThrow(INVALID);
  // Both sides may come: a packet that does not say whose it is could be the agent's.
  expect(() => read(telnyx.dialect(), media.replace('"track":"inbound",', ''))).toThrow(INVALID);
  const error = '{"event":"error","payload":{"code":100002,"title":"unknown_error"},"stream_id":"s1"}';
  expect(read(telnyx.dialect(), error)).toEqual([{ type: 'other' }]);
});

test('Plivo: extra headers as text, sound without times of its own', () => {
  const dialect = plivo.dialect();
  const start = (encoding: string, sampleRate: number): string =>
    JSON.stringify({
      event: 'start',
      sequenceNumber: 1,
      start: {
        callId: 'c1',
        streamId: 's1',
        accountId: 'MA1',
        tracks: ['inbound'],
        mediaFormat: { encoding, sampleRate },
      },
      extra_headers: 'userId=12345;sessionId=abc-xyz',
    });
  expect(read(dialect, start('audio/x-mulaw', 8_000))).toMatchObject([
    { type: 'start', callId: 'c1', parameters: { userId: '12345', sessionId: 'abc-xyz' }, format: { codec: 'mulaw' } },
  ]);
  expect(read(dialect, start('audio/x-l16', 16_000))).toMatchObject([
    { format: { codec: 'l16', sampleRateHz: 16_000 } },
  ]);
  expect(() => read(dialect, start('audio/x-mulaw', 16_000))).toThrow(INVALID);
  const media = { track: 'inbound', timestamp: '1705312200000', chunk: 41, payload: B64 };
  expect(read(dialect, JSON.stringify({ event: 'media', sequenceNumber: 42, streamId: 's1', media }))).toEqual([
    { type: 'media', streamId: 's1', side: 'inbound', payload: SOUND },
  ]);
});

test('Vonage: a text, then bytes', () => {
  const dialect = new VonageDialect();
  const hello = '{"event":"websocket:connected","content-type":"audio/l16;rate=16000","desk":"7"}';
  expect(read(dialect, hello)).toMatchObject([
    { type: 'start', format: { codec: 'l16', sampleRateHz: 16_000 }, parameters: { desk: '7' } },
  ]);
  expect(read(dialect, SOUND)).toMatchObject([{ type: 'media', side: 'inbound' }]);
  expect(read(dialect, '{"event":"websocket:dtmf","digit":"5","duration":260}')).toEqual([
    { type: 'dtmf', digit: '5' },
  ]);
  expect(read(dialect, '{"event":"websocket:cleared"}')).toEqual([{ type: 'other' }]);
  expect(() => read(dialect, '{"event":"websocket:connected","content-type":"audio/l16;rate=44100"}')).toThrow(INVALID);
});

test('AudioSocket: messages are found however they are cut', () => {
  const uuid = '6a6e62a2-9ba5-4cc4-94ae-9cbdc3d4d1f4';
  const whole = Buffer.concat([
    audioSocketMessage(0x01, uuidBytes(uuid)),
    audioSocketMessage(0x12, SOUND),
    audioSocketMessage(0x03, Buffer.from('7')),
    // None of these ends the call: another rate, half a sample, a key that is none, a kind to come.
    audioSocketMessage(0x10, SOUND),
    audioSocketMessage(0x12, SOUND.subarray(1)),
    audioSocketMessage(0x03, Buffer.from('x')),
    audioSocketMessage(0x42, SOUND),
    audioSocketMessage(0x12, SOUND),
    audioSocketMessage(0x00),
  ]);
  const sound = { type: 'media', streamId: uuid, side: 'inbound', payload: expect.anything() };
  const expected = [
    { type: 'start', streamId: uuid, callId: uuid, sides: ['inbound'], format: { codec: 'l16', sampleRateHz: 16_000 }, parameters: {} }, // prettier-ignore
    ...[sound, { type: 'dtmf', digit: '7' }],
    ...[{ type: 'other' }, { type: 'other' }, { type: 'other' }, { type: 'other' }, sound, { type: 'stop' }],
  ];
  for (const size of [1, 2, 5, 19, 1000]) {
    const dialect = new AudioSocketDialect();
    const events: StreamEvent[] = [];
    for (let at = 0; at < whole.length; at += size) events.push(...dialect.read(whole.subarray(at, at + size)));
    expect(events).toEqual(expected);
    expect(dialect.uuid).toBe(uuid);
    const media = events.filter((event) => event.type === 'media');
    for (const { payload } of media) expect(Buffer.from(payload)).toEqual(SOUND);
  }
});

test('AudioSocket: sound before the UUID, and two UUIDs, are refused; all rates are known', () => {
  expect(() => new AudioSocketDialect().read(audioSocketMessage(0x10, SOUND))).toThrow(INVALID);
  const id = audioSocketMessage(0x01, Buffer.alloc(16));
  expect(() => new AudioSocketDialect().read(Buffer.concat([id, id]))).toThrow(INVALID);
  SLIN_RATES_HZ.forEach((sampleRateHz, at) => {
    const [start] = new AudioSocketDialect().read(Buffer.concat([id, audioSocketMessage(0x10 + at, SOUND)]));
    expect(start).toMatchObject({ type: 'start', format: { sampleRateHz } });
  });
});

test('chan_websocket: words and JSON say the same', () => {
  const words = 'MEDIA_START connection_id:0c5 channel:WebSocket/undertone/0x7f channel_id:1775.3 format:slin16 optimal_frame_size:640 ptime:20'; // prettier-ignore
  const fields = { event: 'MEDIA_START', connection_id: '0c5', channel: 'WebSocket/undertone/0x7f', channel_id: '1775.3', format: 'slin16', optimal_frame_size: 640, ptime: 20, channel_variables: { DIALED: '7' } }; // prettier-ignore
  for (const hello of [words, JSON.stringify(fields)]) {
    const dialect = new ChanWebSocketDialect();
    expect(() => read(dialect, SOUND)).toThrow(INVALID);
    expect(read(dialect, hello)).toMatchObject([{ type: 'start', streamId: '1775.3', format: { codec: 'l16', sampleRateHz: 16_000 } }]); // prettier-ignore
    expect(read(dialect, SOUND)).toMatchObject([{ type: 'media', streamId: '1775.3', side: 'inbound' }]);
  }
  const dialect = new ChanWebSocketDialect();
  expect(read(dialect, 'DTMF_END digit:# channel_id:1775.3')).toEqual([{ type: 'dtmf', digit: '#' }]);
  expect(read(dialect, '{"event":"DTMF_END","channel_id":"1","digit":"4"}')).toEqual([{ type: 'dtmf', digit: '4' }]);
  for (const text of [
    'MEDIA_XOFF',
    'MEDIA_XON',
    'QUEUE_DRAINED',
    'STATUS channel_id:1 queue_length:3',
    '{"event":"MEDIA_XON","channel_id":"1"}',
  ]) {
    // prettier-ignore
    expect(read(dialect, text)).toEqual([{ type: 'other' }]);
  }
  expect(() => read(dialect, 'hello')).toThrow(INVALID);
  expect(() => read(dialect, words.replace('slin16', 'g722'))).toThrow(INVALID);
  const formats = { ulaw: 'mulaw', alaw: 'alaw', opus: 'opus' };
  for (const [name, codec] of Object.entries(formats)) {
    expect(read(new ChanWebSocketDialect(), words.replace('slin16', name))).toMatchObject([{ format: { codec } }]);
  }
});

const SESSION = 'e160e428-53e2-487c-977d-96989bf5c99d';
const CONVERSATION = '090eaa2f-72fa-480a-83e0-8667ff89c0ec';

/** A session of AudioHook and what it answers. */
function audioHook(hearAgents = false) {
  const said: { type: string; seq: number; clientseq: number; parameters: Record<string, unknown> }[] = [];
  const session = new AudioHookSession({ sessionId: SESSION, hearAgents, send: (text) => said.push(JSON.parse(text) as (typeof said)[0]) }); // prettier-ignore
  let seq = 0;
  const say = (type: string, parameters: object = {}, more: object = {}): readonly StreamEvent[] =>
    read(
      session,
      JSON.stringify({
        version: '2',
        id: SESSION,
        type,
        seq: ++seq,
        serverseq: said.length,
        position: 'PT0S',
        parameters,
        ...more,
      }),
    );
  return { session, said, say };
}

const open = (conversationId = CONVERSATION) => ({
  organizationId: 'd7934305-0972-4844-938e-9060eef73d05',
  conversationId,
  participant: {
    id: '883efee8-3d6c-4537-b500-6d7ca4b92fa0',
    ani: '+15550001111',
    aniName: 'John',
    dnis: '+15559990000',
  },
  media: [['external', 'internal'], ['external'], ['internal']].map((channels) => ({ type: 'audio', format: 'PCMU', channels, rate: 8000 })), // prettier-ignore
  language: 'en-US',
});

test('AudioHook: only the customer’s channel is chosen, every message is counted', () => {
  const { session, said, say } = audioHook();
  expect(say('open', open())).toMatchObject([
    { type: 'start', streamId: SESSION, callId: CONVERSATION, sides: ['inbound'], parameters: { customer: '+15550001111', line: '+15559990000' } }, // prettier-ignore
  ]);
  expect(said).toEqual([
    {
      ...{ version: '2', id: SESSION, type: 'opened', seq: 1, clientseq: 1 },
      parameters: {
        media: [{ type: 'audio', format: 'PCMU', channels: ['external'], rate: 8000 }],
        startPaused: false,
      },
    },
  ]);
  expect(read(session, SOUND)).toMatchObject([{ type: 'media', side: 'inbound', timestamp: 0 }]);
  expect(read(session, SOUND)).toMatchObject([{ timestamp: 4 }]);
  say('ping', { rtt: 'PT0.02S' });
  expect(said.at(-1)).toMatchObject({ type: 'pong', seq: 2, clientseq: 2 });
  // What was left out moves the time on.
  say('discarded', { start: 'PT1S', discarded: 'PT0.5S' });
  expect(read(session, SOUND)).toMatchObject([{ timestamp: 12_000 }]);
  say('paused');
  say('resumed', { start: 'PT2S', discarded: 'PT1S' });
  expect(read(session, SOUND)).toMatchObject([{ timestamp: 24_000 }]);
  session.show({ type: 'undertone.emotion', data: { label: 'calm' } });
  session.show({ type: 'undertone.emotion', data: { label: 'happy' } });
  expect(say('close', { reason: 'end' })).toEqual([{ type: 'stop' }]);
  session.closed();
  expect(said.slice(2).map(({ type, seq, clientseq }) => [type, seq, clientseq])).toEqual([
    ['event', 3, 5],
    ['event', 4, 6],
    ['closed', 5, 6],
  ]);
  session.show({ type: 'undertone.emotion', data: {} });
  expect(said).toHaveLength(5);
});

test('AudioHook: both channels, where agents are heard', () => {
  const { session, say } = audioHook(true);
  expect(say('open', open())).toMatchObject([{ sides: ['inbound', 'outbound'] }]);
  const [customer, agent] = read(session, Buffer.from([1, 2, 3, 4])) as unknown as { payload: Uint8Array }[];
  expect([...customer!.payload]).toEqual([1, 3]);
  expect([...agent!.payload]).toEqual([2, 4]);
  expect(() => read(session, Buffer.from([1, 2, 3]))).toThrow(INVALID);
});

test('AudioHook: a connection that is only tried is no call', () => {
  const { session, said, say } = audioHook();
  expect(say('open', open('00000000-0000-0000-0000-000000000000'))).toEqual([{ type: 'other' }]);
  expect(said[0]).toMatchObject({ type: 'opened' });
  expect(read(session, SOUND)).toEqual([{ type: 'other' }]);
  expect(say('close', { reason: 'end' })).toEqual([{ type: 'stop' }]);
  session.closed();
  expect(said.at(-1)).toMatchObject({ type: 'closed' });
});

test.each<[string, (hook: ReturnType<typeof audioHook>) => unknown]>([
  ['a number is left out', ({ say }) => say('open', open(), { seq: 2 })],
  ['another session', ({ say }) => say('open', open(), { id: CONVERSATION })],
  ['an answer to what was not sent', ({ say }) => say('open', open(), { serverseq: 9 })],
  ['another version', ({ say }) => say('open', open(), { version: '3' })],
  ['no position', ({ say }) => say('open', open(), { position: '1 s' })],
  ['no media that is known', ({ say }) => say('open', { ...open(), media: [] })],
  ['sound before it is open', ({ session }) => read(session, SOUND)],
  ['no JSON', ({ session }) => read(session, '{')],
])('AudioHook: who breaks the rules is asked to go: %s', (_, sin) => {
  const hook = audioHook();
  expect(() => sin(hook)).toThrow(INVALID);
  expect(hook.said.at(-1)).toMatchObject({ type: 'disconnect', parameters: { reason: 'error' } });
  const { length } = hook.said;
  expect(() => sin(audioHook())).toThrow(INVALID);
  expect(hook.said).toHaveLength(length);
});

test.each<[string, StreamDialect]>([
  ['SignalWire', signalwire.dialect()],
  ['Telnyx', telnyx.dialect()],
  ['Plivo', plivo.dialect()],
])('%s: what is none of its words is said to be so', (_, dialect) => {
  const bad = ['', 'null', '[]', '{', '"x"', '{"event":"media"}', '{"event":"media","media":null}', '{"event":"start","start":{}}', '{"event":"__proto__"}', '{"event":"dtmf","dtmf":{"digit":"12"}}']; // prettier-ignore
  for (const text of bad) expect(() => read(dialect, text)).toThrow(INVALID);
  for (const payload of ['', 'A', 'AAA=AAAA', '====', 'AA AA', 'ÄÄÄÄ', 7]) {
    const ids = { streamSid: 's', stream_id: 's', streamId: 's' };
    expect(() => read(dialect, JSON.stringify({ event: 'media', ...ids, media: { track: 'inbound', payload } }))).toThrow(INVALID); // prettier-ignore
  }
  expect(() => read(dialect, JSON.stringify({ event: 'media', streamSid: 's', stream_id: 's', streamId: 's', media: { track: 'sideways', payload: B64 } }))).toThrow(INVALID); // prettier-ignore
  expect(() => dialect.read(SOUND, true)).toThrow(INVALID);
});
