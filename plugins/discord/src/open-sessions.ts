import type { PluginHost } from 'undertone';
import { z } from 'zod';

const openSessionSchema = z.object({
  sessionId: z.string(),
  voiceChannelId: z.string(),
  panelChannelId: z.string(),
  panelMessageId: z.string(),
  reportChannelId: z.string(),
  atMs: z.number(),
});

/** What is remembered of an open session, for a restart: places, never people. */
export type OpenSession = Readonly<z.output<typeof openSessionSchema>>;

const PREFIX = 'session:';

/** The sessions that are open, by server; they outlive the process. */
export class OpenSessions {
  readonly #memory: PluginHost['memory'];

  constructor({ memory }: Pick<PluginHost, 'memory'>) {
    this.#memory = memory;
  }

  async remember(guildId: string, session: OpenSession): Promise<void> {
    await this.#memory.set(`${PREFIX}${guildId}`, session);
  }

  async forget(guildId: string): Promise<void> {
    await this.#memory.set(`${PREFIX}${guildId}`, null);
  }

  /** By server; undefined for one that cannot be read. */
  async all(): Promise<ReadonlyMap<string, OpenSession | undefined>> {
    const stored = await this.#memory.all(PREFIX);
    return new Map(
      Array.from(stored, ([name, value]) => [name.slice(PREFIX.length), openSessionSchema.safeParse(value).data]),
    );
  }
}
