// Twilio's messages as its documentation shows them, and what becomes of others.
import { expect, test } from '@jest/globals';
import { mediaStream } from '../src/media-stream.ts';

const read = (message: unknown, isBinary = false) =>
  mediaStream().read(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)), isBinary);

const START = {
  event: 'start',
  sequenceNumber: '1',
  start: {
    accountSid: 'AC0',
    streamSid: 'MZ18ad3ab5a668481ce02b83e7395059f0',
    callSid: 'CA1',
    tracks: ['inbound', 'outbound'],
    mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
    customParameters: { FirstName: 'Jane', line: '+15550001111' },
  },
  streamSid: 'MZ18ad3ab5a668481ce02b83e7395059f0',
};

test('a transcript from the connection to its end', () => {
  const transcript = [
    { event: 'connected', protocol: 'Call', version: '1.0.0' },
    START,
    { event: 'media', sequenceNumber: '3', media: { track: 'outbound', chunk: '65537', timestamp: '20', payload: '//79/A==' }, streamSid: 'MZ1' }, // prettier-ignore
    { event: 'media', sequenceNumber: '4', media: { chunk: 2, timestamp: 40, payload: '/w==' }, streamSid: 'MZ1' },
    { event: 'dtmf', streamSid: 'MZ1', sequenceNumber: '5', dtmf: { track: 'inbound_track', digit: '1' } },
    { event: 'mark', sequenceNumber: '6', streamSid: 'MZ1', mark: { name: 'm' } },
    { event: 'stop', sequenceNumber: '7', streamSid: 'MZ1', stop: { accountSid: 'AC0', callSid: 'CA1' } },
  ];
  expect(transcript.flatMap((message) => read(message))).toEqual([
    { type: 'other' },
    {
      ...{ type: 'start', streamId: START.streamSid, callId: 'CA1', accountId: 'AC0', sides: ['inbound', 'outbound'] },
      ...{ format: { codec: 'mulaw' }, parameters: { FirstName: 'Jane', line: '+15550001111' } },
    },
    { type: 'media', streamId: 'MZ1', side: 'outbound', payload: Buffer.from([0xff, 0xfe, 0xfd, 0xfc]), sequence: 1, timestamp: 160 }, // prettier-ignore
    { type: 'media', streamId: 'MZ1', side: 'inbound', payload: Buffer.from([0xff]), sequence: 2, timestamp: 320 },
    { type: 'dtmf', digit: '1' },
    { type: 'other' },
    { type: 'stop', callId: 'CA1' },
  ]);
});

const withStart = (more: object): object => ({ ...START, start: { ...START.start, ...more } });
const withMedia = (more: object): object => ({
  ...{ event: 'media', streamSid: 'MZ1' },
  media: { track: 'inbound', chunk: '1', timestamp: '0', payload: '/w==', ...more },
});

test.each([
  ['nothing', ''],
  ['no JSON', '{"event":'],
  ['no object', '[]'],
  ['no event', '{}'],
  ['an event that is none', { event: '__proto__' }],
  ['a start of linear samples', withStart({ mediaFormat: { encoding: 'audio/l16', sampleRate: 8000, channels: 1 } })],
  ['a start of 16 kHz', withStart({ mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 16000, channels: 1 } })],
  ['a start without tracks', withStart({ tracks: [] })],
  ['a start of other tracks', withStart({ tracks: ['both'] })],
  ['a start with odd parameters', withStart({ customParameters: { a: { b: 1 } } })],
  ['a start with too many', withStart({ customParameters: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`p${i}`, 'x'])) })], // prettier-ignore
  ['a start without a call', withStart({ callSid: undefined })],
  ['media without media', { event: 'media', streamSid: 'MZ1' }],
  ['media without a payload', withMedia({ payload: undefined })],
  ['media that is no base64', withMedia({ payload: 'a$$b' })],
  ['media of a track that is none', withMedia({ track: 'both' })],
  ['media without a time', withMedia({ timestamp: undefined })],
  ['media at a negative time', withMedia({ timestamp: -20 })],
  ['two digits', { event: 'dtmf', dtmf: { digit: '11' } }],
])('%s is no message of the dialect', (_, message) => {
  expect(() => read(message)).toThrow(expect.objectContaining({ code: 'STREAM_MESSAGE_INVALID' }));
  expect(() => read(START, true)).toThrow(expect.objectContaining({ code: 'STREAM_MESSAGE_INVALID' }));
});
