import { request } from 'node:http';
import { once } from 'node:events';
import type { PluginDriver } from '../contract/plugin-contract.ts';
import { voicePackets } from '../helpers/host.ts';
import { FakePlugin, signatureOf, type FakeSpeaker } from './fake-plugin.ts';

const KEY = 'k'.repeat(32);
const packets = voicePackets(3, 220);
const ANNE: FakeSpeaker = { speaker: 'anne#4711', role: 'participant', name: 'Anne', format: { codec: 'opus' }, packets }; // prettier-ignore
const garbage = Array.from({ length: 50 }, (_, i) => new Uint8Array(i).fill(255 - i));

/** Drives a FakePlugin: its webhook and its WebSocket as a platform would, the rest by calls. */
export function fakePlatform(plugin = new FakePlugin()): PluginDriver {
  let url = '';
  const broken = garbage.map((payload, at) => ({ ...packets[at]!, payload }));
  return {
    plugin,
    secrets: { UNDERTONE_FAKE_KEY: KEY },
    person: ANNE,
    connect: (at) => void (url = at),
    join() {
      plugin.join();
      return Promise.resolve();
    },
    consent: () => plugin.consent(ANNE),
    talk: () => plugin.replay(ANNE),
    sendGarbage: () => plugin.replay({ ...ANNE, packets: broken }),
    withdraw: () => plugin.withdraw(ANNE),
    async leave() {
      const hook = request(`${url}/plugins/fake/hang-up`, { method: 'POST', headers: { 'x-signature': signatureOf(KEY, '') } }); // prettier-ignore
      hook.end();
      await once(hook, 'response');
    },
    posted: () => [...plugin.posted.values()],
    refusedRequests: [
      { what: 'no signature', method: 'POST', path: '/hang-up', status: 403 },
      { what: 'a wrong one', method: 'POST', path: '/hang-up', headers: { 'x-signature': signatureOf('x', '') }, status: 403 }, // prettier-ignore
      { what: 'another place', path: '/', status: 404 },
    ],
    refusedUpgrades: [
      { what: 'no signature', path: '/media', status: 401 },
      { what: 'another origin', path: '/media', headers: { origin: 'https://evil.example' }, status: 403 },
      { what: 'no handshake', path: '/media', headers: { 'x-signature': signatureOf(KEY, '/media'), 'sec-websocket-key': 'x' }, status: 400 }, // prettier-ignore
    ],
  };
}
