import type { Store, WriteBehind } from '../store/index.ts';
import type { PluginRecords } from './plugin.ts';

const MOST_SESSIONS = 500;

/** What a plugin sees of the store: the conversations of its own platform. What is on its way there goes first. */
export function pluginRecords(
  platform: string,
  store: Store,
  writes: WriteBehind,
  model: string,
  clock: () => number,
): PluginRecords {
  return {
    async sessions(filter, page) {
      await writes.flush();
      return (await store.sessions({ ...filter, platform }, page)).sessions;
    },
    async session(id) {
      await writes.flush();
      const record = await store.session(id);
      return record?.session.platform === platform ? record : null;
    },
    async deleteSession(id) {
      const record = await store.session(id);
      return (
        record?.session.platform === platform && record.session.state !== 'open' && (await store.deleteSession(id))
      );
    },
    async acknowledgeAlert(id) {
      await writes.flush();
      return await store.acknowledgeAlert(id, clock());
    },
    async heldAbout(person) {
      await writes.flush();
      const subject = { ...person, platform };
      const { space, speaker } = person;
      const [{ sessions }, segments, voice, consent] = await Promise.all([
        store.sessions({ platform, space, speaker }, { limit: MOST_SESSIONS }),
        store.speakerSegments(subject, { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }),
        store.voice(subject, model),
        store.consentLog(subject),
      ]);
      return { sessions, segments, voice: voice !== null, consent };
    },
  };
}
