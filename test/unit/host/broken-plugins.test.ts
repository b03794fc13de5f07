// The contract can fail: plugins that are wrong in one way each are caught by the check for it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from '@jest/globals';
import { PLUGIN_CHECKS } from '../../contract/plugin-contract.ts';
import { FakePlugin, type FakeSpeaker } from '../../fakes/fake-plugin.ts';
import { fakePlatform } from '../../fakes/fake-platform.ts';
import { PluginUnderTest } from '../../helpers/plugin-under-test.ts';
import { sharedThreads } from '../../helpers/shared-threads.ts';
import type { PluginHost } from '../../../src/index.ts';

interface Break {
  readonly caught: string;
  readonly says: RegExp;
  readonly plugin: () => FakePlugin;
}

const BREAKS: Record<string, Break> = {
  'it does not say what it can do': {
    caught: 'it says what it can do',
    says: /live/,
    plugin: () => Object.assign(new FakePlugin(), { capabilities: {} }),
  },
  'it takes one person for another': {
    caught: 'a conversation is heard, each speaker by their own name, and ends with the platform’s',
    says: /person’s speech/,
    plugin: () =>
      new (class extends FakePlugin {
        override async replay(speaker: FakeSpeaker): Promise<void> {
          await this.consent({ ...speaker, speaker: 'bert' });
          await super.replay({ ...speaker, speaker: 'bert' });
        }
      })(),
  },
  'it takes a yes for granted': {
    caught: 'nobody is heard before they consent',
    says: /0/,
    plugin: () =>
      new (class extends FakePlugin {
        override async replay(speaker: FakeSpeaker): Promise<void> {
          await this.consent(speaker);
          await super.replay(speaker);
        }
      })(),
  },
  'it is deaf for a no': {
    caught: 'who withdraws is not heard from the next packet on',
    says: /\d+ !== \d+/,
    plugin: () =>
      new (class extends FakePlugin {
        override withdraw(): Promise<void> {
          return Promise.resolve();
        }
      })(),
  },
  'it loses its head over what is no sound': {
    caught: 'what is no sound costs itself alone',
    says: /never came|no sound/,
    plugin: () =>
      new (class extends FakePlugin {
        override async replay(speaker: FakeSpeaker): Promise<void> {
          if (speaker.packets.some(({ payload }) => payload.length === 0)) throw new Error('That is no sound.');
          await super.replay(speaker);
        }
      })(),
  },
  'it shows everything twice': {
    caught: 'what is published twice under one key is shown once',
    says: /\d+ !== \d+/,
    plugin: () =>
      new (class extends FakePlugin {
        override publish(...[ref, annotation]: Parameters<FakePlugin['publish']>): Promise<void> {
          return super.publish(ref, annotation, { idempotencyKey: `${this.posted.size}` });
        }
      })(),
  },
  'it trusts everybody': {
    caught: 'whom it cannot trust it refuses, and a conversation goes on meanwhile',
    says: /no signature/,
    plugin: () =>
      new (class extends FakePlugin {
        override handleHttp(_: IncomingMessage, response: ServerResponse): Promise<void> {
          response.writeHead(204).end();
          return Promise.resolve();
        }
      })(),
  },
  'it never stops': {
    caught: 'it stops within its time, and leaves no conversation behind',
    says: /no longer than it may/,
    plugin: () => Object.assign(new FakePlugin(), { stop: () => new Promise(() => undefined) }),
  },
  'it leaves its conversations to others': {
    caught: 'it stops within its time, and leaves no conversation behind',
    says: /1 !== 0/,
    plugin: () => Object.assign(new FakePlugin(), { stop: () => undefined }),
  },
  'it can start but once': {
    caught: 'it starts again after a stop',
    says: /does not run/,
    plugin: () =>
      new (class extends FakePlugin {
        #started = 0;
        override start(host: PluginHost): void {
          if (this.#started++ > 0) throw new Error('I have started already.');
          super.start(host);
        }
      })(),
  },
  'it talks about people': {
    caught: 'its log names nobody, and no secret',
    says: /in the log/,
    plugin: () =>
      new (class extends FakePlugin {
        #host: PluginHost | undefined;
        override start(host: PluginHost): void {
          this.#host = host;
          super.start(host);
        }
        override async consent(speaker: FakeSpeaker): Promise<void> {
          this.#host!.log.info(`${speaker.speaker} agreed`);
          await super.consent(speaker);
        }
      })(),
  },
};

const threads = sharedThreads();

test.each(Object.keys(BREAKS))('%s: caught', async (name) => {
  const { caught, says, plugin } = BREAKS[name]!;
  const under = new PluginUnderTest(fakePlatform(plugin()), threads());
  try {
    await expect(PLUGIN_CHECKS[caught]!(under)).rejects.toThrow(says);
  } finally {
    await under.close();
  }
});
