import { PermissionFlagsBits, Routes, type Guild, type VoiceBasedChannel } from 'discord.js';
import type { HostLog } from 'undertone';
import { faultName } from '../faults.ts';

const MARK = '🔴 ';
const LONGEST_NICKNAME = 32;
/** SET_VOICE_CHANNEL_STATUS. */
const SET_VOICE_STATUS = 1n << 48n;

/**
 * What everybody sees while the bot listens, beside the panel: its nickname, and the channel's status. Both only where the
 * bot is permitted to; both are taken back.
 */
export class VisibleNotice {
  readonly #guild: Guild;
  readonly #log: HostLog;
  #nicknameBefore: string | null | undefined;
  #statusOf: string | undefined;

  constructor(guild: Guild, log: HostLog) {
    this.#guild = guild;
    this.#log = log;
  }

  async show(channel: VoiceBasedChannel): Promise<void> {
    await Promise.all([this.#showNickname(), this.#showStatus(channel)]);
  }

  async hide(): Promise<void> {
    const before = this.#nicknameBefore;
    this.#nicknameBefore = undefined;
    await Promise.all([
      before === undefined ? undefined : this.#setNickname(before),
      this.#statusOf === undefined ? undefined : this.#setStatus(this.#statusOf, ''),
    ]);
    this.#statusOf = undefined;
  }

  async #showNickname(): Promise<void> {
    const me = this.#guild.members.me;
    if (!me?.permissions.has(PermissionFlagsBits.ChangeNickname) || this.#nicknameBefore !== undefined) return;
    // What a crash left behind is not what was before.
    const before = me.nickname?.startsWith(MARK) ? me.nickname.slice(MARK.length) : me.nickname;
    this.#nicknameBefore = before === me.user.displayName ? null : before;
    const name = `${MARK}${before ?? me.user.displayName}`.slice(0, LONGEST_NICKNAME);
    await this.#setNickname(name);
  }

  async #showStatus(channel: VoiceBasedChannel): Promise<void> {
    const me = this.#guild.members.me;
    if (!me || (channel.permissionsFor(me).bitfield & SET_VOICE_STATUS) === 0n) return;
    if (this.#statusOf !== undefined && this.#statusOf !== channel.id) await this.#setStatus(this.#statusOf, '');
    this.#statusOf = channel.id;
    await this.#setStatus(channel.id, '🔴 Undertone estimates how voices sound');
  }

  #setNickname(nick: string | null): Promise<void> {
    const { id, client } = this.#guild;
    // The library's own call writes the path as `%40me`, which not everything that stands in for Discord takes.
    return this.#attempt('nickname', () => client.rest.patch(`/guilds/${id}/members/@me`, { body: { nick } }));
  }

  #setStatus(channelId: string, status: string): Promise<void> {
    const route: `/${string}` = `${Routes.channel(channelId)}/voice-status`;
    return this.#attempt('voice status', () => this.#guild.client.rest.put(route, { body: { status } }));
  }

  /** What cannot be shown here is shown by the panel. */
  async #attempt(what: string, change: () => Promise<unknown>): Promise<void> {
    try {
      await change();
    } catch (cause) {
      this.#log.warn('a notice cannot be shown', { what, fault: faultName(cause) });
    }
  }
}
