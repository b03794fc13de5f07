import { describe, expect, test } from '@jest/globals';
import { parsePageMessage } from '../src/page-messages.ts';
import { decodePacket, encodePacket, offeredProtocols, offeredToken } from '../src/protocol.ts';

describe('sound as binary messages', () => {
  test('comes out as it went in, counters wrapped', () => {
    const payload = Uint8Array.from({ length: 640 }, (_, i) => i & 0xff);
    const packet = { speaker: 1, sequence: 70_000, timestamp: 2 ** 32 + 5, payload };
    expect(decodePacket(encodePacket(packet))).toEqual({ ...packet, sequence: 70_000 - 65_536, timestamp: 5 });
  });

  test('is found in the middle of a larger buffer, as sockets give it', () => {
    const bytes = encodePacket({ speaker: 0, sequence: 3, timestamp: 960, payload: Uint8Array.of(1, 2) });
    const larger = new Uint8Array(100);
    larger.set(bytes, 41);
    expect(decodePacket(larger.subarray(41, 51))).toMatchObject({ sequence: 3, timestamp: 960 });
  });

  test.each([[0], [1], [8], [11]])('%i bytes are none', (length) => {
    expect(decodePacket(new Uint8Array(length))).toBeNull();
  });
});

describe('the token beside the subprotocol', () => {
  test.each(['a'.repeat(64), 'with/slash+and=equals, and comma', '~!"#$%&()*'])('%s survives', (token) => {
    expect(offeredToken(offeredProtocols(token).join(', '))).toBe(token);
    for (const name of offeredProtocols(token)) expect(name).toMatch(/^[\w-]+$/);
  });

  test.each([undefined, '', 'undertone-studio-1', 'token-', 'token-a b', 'token-%%'])('%s has none', (header) => {
    expect(offeredToken(header)).toBeUndefined();
  });
});

describe('what the page says in text', () => {
  const start = {
    type: 'start',
    source: 'microphone',
    title: 'Microphone',
    rateHz: 16_000,
    speakers: [{ id: 'b:61', name: 'Anna' }],
  };

  test('is read', () => {
    expect(parsePageMessage(JSON.stringify(start))).toEqual(start);
    expect(parsePageMessage('{"type":"stop"}')).toEqual({ type: 'stop' });
  });

  test.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['an unknown type', '{"type":"sing"}'],
    ['something more', '{"type":"stop","now":true}'],
    ['a rate that tracks do not have', JSON.stringify({ ...start, rateHz: 44_100 })],
    ['nobody', JSON.stringify({ ...start, speakers: [] })],
    ['a crowd', JSON.stringify({ ...start, speakers: Array(3).fill(start.speakers[0]) })],
    ['an id with something else in it', JSON.stringify({ ...start, speakers: [{ id: '../x', name: 'X' }] })],
    ['a blank name', JSON.stringify({ ...start, speakers: [{ id: 'x', name: ' ' }] })],
    ['an endless title', JSON.stringify({ ...start, title: 'x'.repeat(101) })],
  ])('is refused with %s', (_, text) => {
    expect(parsePageMessage(text)).toBeNull();
  });
});
