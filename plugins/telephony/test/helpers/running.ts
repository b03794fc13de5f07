// The plugin on a host that runs, for tests that go beyond the contract.
import type { TrackThreads } from 'undertone';
import { PluginUnderTest } from '../../../../test/helpers/plugin-under-test.ts';
import { startReceiver, type Receiver } from '../../../../test/helpers/receiver.ts';
import type { HostConfigInput } from '../../../../test/helpers/host.ts';
import { createTelephonyPlugin, type TelephonyPlugin } from '../../src/telephony-plugin.ts';
import { CUSTOMER, KEYS, SECRETS } from './drivers.ts';

export interface Running {
  readonly under: PluginUnderTest;
  readonly plugin: TelephonyPlugin;
  /** Of the plugin. */
  readonly url: string;
  readonly posted: Receiver['posts'];
  /** Asks the plugin with its owner's token. */
  readonly asOwner: (path: string) => Promise<Response>;
  close(): Promise<void>;
}

/** @param threads to hear in, where several hosts one after the other do */
export async function running(
  settings: Readonly<Record<string, unknown>>,
  { secrets = SECRETS, ...config }: HostConfigInput & { readonly secrets?: Readonly<Record<string, string>> } = {},
  threads?: TrackThreads,
): Promise<Running> {
  const plugin = createTelephonyPlugin();
  const receiver = await startReceiver();
  let url = '';
  const nothing = (): Promise<void> => Promise.resolve();
  const driver = {
    plugin,
    settings: { webhook: { url: receiver.url }, ...settings },
    secrets,
    person: { speaker: CUSTOMER },
    connect: (base: string) => void (url = `${base}/plugins/telephony`),
    ...{ join: nothing, talk: nothing, sendGarbage: nothing, leave: nothing },
    posted: () => [],
  };
  const under = new PluginUnderTest(driver, threads);
  const close = async (): Promise<void> => {
    await under.close();
    receiver.close();
  };
  await under.start({ consent: { mode: 'announce' }, ...config }).catch(async (cause: unknown) => {
    await close();
    throw cause;
  });
  return {
    ...{ under, plugin, url, posted: receiver.posts },
    asOwner: (path) => fetch(url + path, { headers: { authorization: `Bearer ${KEYS.token}` } }),
    close,
  };
}
