/** Milliseconds since the epoch at which Discord's ids begin. */
const DISCORD_EPOCH_MS = 1_420_070_400_000;
const DAY_MS = 86_400_000;

/** Ids as Discord makes them: the time in the upper 42 bits, so that later ones are larger. */
export class Snowflakes {
  #guilds = BigInt(Date.now() - DISCORD_EPOCH_MS - 2 * DAY_MS);
  #others = BigInt(Date.now() - DISCORD_EPOCH_MS - DAY_MS);

  /** Guilds count on their own: the shard they belong to goes by the time's bits, so that they fill shards in turn. */
  nextGuild(): string {
    return String(this.#guilds++ << 22n);
  }

  next(): string {
    return String(this.#others++ << 22n);
  }
}
