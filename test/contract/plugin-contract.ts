// What every plugin must do, as checks that need no test runner: so that broken plugins can be shown to fail them.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, test } from '@jest/globals';
import type { HostConfigInput } from '../../src/host/index.ts';
import type { PlatformPlugin } from '../../src/index.ts';
import { PluginUnderTest } from '../helpers/plugin-under-test.ts';
import { sharedThreads } from '../helpers/shared-threads.ts';

/** A request that a plugin must not trust, and how it must be answered. */
export interface Refusal {
  /** What is wrong with it. */
  readonly what: string;
  /** Under `/plugins/<name>`. */
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly status: number;
}

/** A plugin and a platform for it, with one person: how a test drives them. */
export interface PluginDriver {
  readonly plugin: PlatformPlugin;
  /** `plugins.<name>` of the configuration. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** `UNDERTONE_<PLUGIN>_<NAME>`, by their whole names. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** How the plugin's people are asked. Default `opt-in`. */
  readonly consentMode?: NonNullable<HostConfigInput['consent']>['mode'];
  /** As the platform names them. */
  readonly person: { readonly speaker: string; readonly name?: string };
  /**
   * Told where the host listens, each time after the plugin has started.
   * @param tracks how many the plugin has opened so far, in all conversations
   */
  connect?(url: string, tracks: () => number): Promise<void> | void;
  /** The person comes into a conversation. */
  join(): Promise<void>;
  /** The person agrees to be heard, as the platform lets them; absent where a notice is all that there is. */
  consent?(): Promise<void>;
  /** Somebody speaks for three seconds or more; resolves once all of it is sent. It may be sent faster than real time. */
  talk(): Promise<void>;
  /** Sends what is no sound, where the sound goes. */
  sendGarbage(): Promise<void>;
  /** The person does not want to be heard any more; absent: a moderator says so, by the API. */
  withdraw?(): Promise<void>;
  /** The person leaves, and with them the conversation ends. */
  leave(): Promise<void>;
  /** What the plugin has posted, as the platform shows it: one entry a message. */
  posted(): readonly unknown[];
  readonly refusedRequests?: readonly Refusal[];
  readonly refusedUpgrades?: readonly Refusal[];
  /** Ends the platform. */
  close?(): Promise<void> | void;
}

const DRAIN_MS = 3000;

/** For what must not come: so long it could. */
const meanwhile = (): Promise<void> => sleep(250);

/** Every check gets a plugin that has not started yet. */
export const PLUGIN_CHECKS: Readonly<Record<string, (under: PluginUnderTest) => Promise<void>>> = {
  'it says what it can do': async (under) => {
    const { capabilities } = under.driver.plugin;
    for (const what of ['live', 'batch', 'perSpeaker', 'edit', 'privateReply'] as const) {
      assert.equal(typeof capabilities[what], 'boolean', what);
    }
    await under.start();
    assert.equal(under.runner.health, 'healthy');
  },

  'a conversation is heard, each speaker by their own name, and ends with the platform’s': async (under) => {
    await under.start();
    await under.isHeard();
    await under.driver.leave();
    await under.until('the session ends', () => under.host.engine.sessions.size === 0);
    await under.host.writes.flush();
    const { sessions } = await under.host.store.sessions();
    assert.deepEqual([sessions.length, sessions[0]!.state, sessions[0]!.platform], [1, 'ended', under.runner.name]);
    const { speakers } = sessions[0]!.summary!;
    const own = speakers.find(({ speaker }) => speaker === under.driver.person.speaker);
    assert.ok(own && own.talkMs > 1000, 'the person’s speech is in the summary');
  },

  'nobody is heard before they consent': async (under) => {
    await under.start({ consent: { mode: 'opt-in' } });
    await under.driver.join();
    await under.driver.talk();
    await meanwhile();
    assert.equal(under.received, 0);
    assert.equal((await under.logged('grant')).length, 0, 'nobody consents for somebody else');
    assert.equal(under.runner.health, 'healthy');
    if (!under.driver.consent) return;
    await under.driver.consent();
    await under.until('who has consented is heard', async () => {
      await under.driver.talk();
      return under.received > 0;
    });
  },

  'who withdraws is not heard from the next packet on': async (under) => {
    await under.start();
    await under.isHeard();
    await under.withdraw();
    const before = under.received;
    await under.driver.talk();
    await meanwhile();
    assert.equal(under.received, before);
    assert.equal(under.runner.health, 'healthy');
  },

  'what is no sound costs itself alone': async (under) => {
    await under.start();
    await under.driver.join();
    await under.driver.consent?.();
    await under.driver.sendGarbage();
    await under.isHeard({ joined: true });
    assert.equal(under.runner.health, 'healthy');
  },

  'what is published twice under one key is shown once': async (under) => {
    if (!under.driver.plugin.publish) return;
    await under.start();
    await under.isHeard();
    await under.driver.leave();
    await under.until('something is posted', async () => {
      await under.host.writes.flush();
      await under.host.outbox.drain();
      return under.published.length > 0;
    });
    const shown = under.driver.posted().length;
    assert.ok(shown > 0, 'what is published is shown');
    for (const [ref, annotation, options] of under.published.slice()) {
      // As it comes out of the store, after a restart.
      await under.driver.plugin.publish(JSON.parse(JSON.stringify(ref)), annotation, options);
    }
    assert.equal(under.driver.posted().length, shown);
  },

  'whom it cannot trust it refuses, and a conversation goes on meanwhile': async (under) => {
    await under.start();
    await under.isHeard();
    const { refusedRequests = [], refusedUpgrades = [] } = under.driver;
    for (const refusal of refusedRequests) assert.equal(await under.request(refusal), refusal.status, refusal.what);
    for (const refusal of refusedUpgrades) assert.equal(await under.upgrade(refusal), refusal.status, refusal.what);
    for (const hostile of HOSTILE_REQUESTS) {
      const status = await under.request(hostile);
      assert.ok(status < 500, `${hostile.what} is answered by ${status}`);
      assert.notEqual(await under.upgrade(hostile), 101, `an upgrade, ${hostile.what}`);
    }
    assert.equal(under.runner.health, 'healthy');
    const before = under.received;
    await under.driver.talk();
    await under.until('the conversation goes on', () => under.received > before);
  },

  'it stops within its time, and leaves no conversation behind': async (under) => {
    await under.start();
    await under.isHeard();
    const begun = performance.now();
    await under.runner.stop(DRAIN_MS);
    // A timer may go off a moment early.
    assert.ok(performance.now() - begun < DRAIN_MS - 50, 'it takes no longer than it may');
    assert.equal(under.faults(), '');
    assert.equal(under.host.engine.sessions.size, 0);
  },

  'it starts again after a stop': async (under) => {
    await under.start();
    await under.isHeard();
    await under.stop();
    await under.start();
    const before = under.received;
    await under.isHeard();
    assert.ok(under.received > before);
    assert.equal(under.faults(), '');
  },

  'its log names nobody, and no secret': async (under) => {
    await under.start();
    await under.isHeard();
    await under.withdraw();
    for (const hostile of HOSTILE_REQUESTS) await under.request(hostile);
    await under.driver.leave();
    await under.stop();
    const { person, secrets = {} } = under.driver;
    const said = under.lines.join('\n');
    for (const hidden of [person.speaker, person.name, ...Object.values(secrets)]) {
      assert.ok(hidden === undefined || !said.includes(hidden), 'a name or a secret is in the log');
    }
  },
};

/** What anybody may send to any plugin. */
const HOSTILE_REQUESTS: readonly Omit<Refusal, 'status'>[] = [
  { what: 'nothing there', path: '/no-such-place' },
  { what: 'a path that climbs', path: '/..%2f..%2f..%2fetc%2fpasswd' },
  { what: 'half an escape', path: '/%zz' },
  { what: 'an odd method', path: '/no-such-place', method: 'DELETE' },
  { what: 'deep JSON', path: '/', method: 'POST', body: '['.repeat(50_000), headers: { 'content-type': 'application/json' } }, // prettier-ignore
  { what: 'a form with __proto__', path: '/', method: 'POST', body: '__proto__[a]=1&constructor=2', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, // prettier-ignore
  { what: 'no text', path: '/', method: 'POST', body: '\u0000\ufffd', headers: { 'content-type': 'application/octet-stream' } }, // prettier-ignore
];

/**
 * Registers the checks as tests. `open` gives a driver with a new plugin each time; every plugin has a host and a store of
 * its own, and all are heard in the same threads, whose model is loaded once.
 */
export function testPluginContract(name: string, open: () => Promise<PluginDriver> | PluginDriver): void {
  describe(`${name} keeps the plugins' contract`, () => {
    const threads = sharedThreads();
    let under: PluginUnderTest;
    beforeEach(async () => {
      under = new PluginUnderTest(await open(), threads());
    });
    afterEach(() => under.close());
    test.each(Object.keys(PLUGIN_CHECKS))('%s', (check) => PLUGIN_CHECKS[check]!(under));
  });
}
