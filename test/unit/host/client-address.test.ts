import { expect, test } from '@jest/globals';
import { ClientAddresses, isNet } from '../../../src/host/client-address.ts';

const from = (remoteAddress: string, forwarded?: string): Parameters<ClientAddresses['of']>[0] => ({
  socket: { remoteAddress },
  headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
});

test.each([
  ['no proxy is trusted unless it is said', [], from('127.0.0.1', '9.9.9.9'), '127.0.0.1'],
  ['a trusted proxy says who asks', ['127.0.0.1'], from('127.0.0.1', '9.9.9.9'), '9.9.9.9'],
  ['through a socket for both versions too', ['127.0.0.1'], from('::ffff:127.0.0.1', '9.9.9.9'), '9.9.9.9'],
  ['what the client wrote itself is not believed', ['127.0.0.1'], from('127.0.0.1', '1.1.1.1, 9.9.9.9'), '9.9.9.9'],
  ['a row of proxies', ['127.0.0.1', '10.0.0.0/8'], from('127.0.0.1', '1.1.1.1, 9.9.9.9, 10.2.3.4'), '9.9.9.9'],
  ['IPv6 nets', ['fd00::/8'], from('fd12::1', '2001:db8::7'), '2001:db8::7'],
  ['another than the proxy is believed nothing', ['10.0.0.0/8'], from('9.9.9.9', '1.1.1.1'), '9.9.9.9'],
  ['a proxy that says nothing', ['127.0.0.1'], from('127.0.0.1'), '127.0.0.1'],
  ['a proxy that says nonsense', ['127.0.0.1'], from('127.0.0.1', '9.9.9.9, <script>'), '127.0.0.1'],
])('%s', (_, trusted, request, address) => {
  expect(new ClientAddresses(trusted).of(request)).toBe(address);
});

test('what is no net', () => {
  expect(['10.0.0.0/8', '::1', 'fd00::/128'].map(isNet)).toEqual([true, true, true]);
  expect(['', 'localhost', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::1/129', '10.0.0'].filter(isNet)).toEqual([]);
});
