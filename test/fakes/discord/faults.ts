import type { FakeFaults, FakeGuild, FakeMember, Http429, RequestMatch } from './api.ts';
import { Guild } from './state/guild.ts';
import { Member } from './state/member.ts';
import { ours } from './state/ours.ts';
import type { World } from './state/world.ts';
import type { VoiceRoom } from './voice/voice-room.ts';
import { VoiceCloseCode } from './voice/voice-session.ts';

/** Code after which a client resumes: what Discord sends before it restarts a gateway. */
const GOING_AWAY = 4_000;

export class Faults implements FakeFaults {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  undecryptableBurst(member: FakeMember, count = Infinity): void {
    ours(Member, member).faults.undecryptable = count;
  }

  dropOp5(member: FakeMember, drop = true): void {
    ours(Member, member).faults.silentSsrc = drop;
  }

  changeSsrc(member: FakeMember, { announce = true }: { readonly announce?: boolean } = {}): void {
    const { speaker, name } = ours(Member, member);
    if (!speaker) throw new Error(`${name} is in no voice channel`);
    speaker.changeSsrc(announce);
  }

  async moveVoiceServer(guild: FakeGuild): Promise<void> {
    await ours(Guild, guild).botVoice.moveServer();
  }

  closeVoiceGateway(guild: FakeGuild, code: number = VoiceCloseCode.serverCrashed): void {
    ours(Guild, guild).botVoice.closeGateway(code);
  }

  closeGateway(options: { readonly resumable?: boolean; readonly code?: number; readonly shard?: number } = {}): void {
    const { resumable = true, code = GOING_AWAY, shard } = options;
    this.#world.gateway.close(code, resumable, shard);
  }

  answer429(match: RequestMatch, { count = 1, global = false, retryAfter = 0.5 }: Http429 = {}): void {
    this.#world.restFaults.add(match, { status: 429, retryAfter, global }, count);
  }

  answer500(
    match: RequestMatch,
    { count = 1, status = 500 }: { readonly count?: number; readonly status?: number } = {},
  ): void {
    this.#world.restFaults.add(match, { status }, count);
  }

  delayRest(ms: number): void {
    this.#world.restFaults.delayMs = ms;
  }

  async goAway(ms: number): Promise<void> {
    this.#world.away.now = true;
    this.#world.cut();
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#world.away.now = false;
    this.#world.changes.changed();
  }

  async newEpoch(guild: FakeGuild): Promise<void> {
    await this.#changeKeys(guild, 'a new epoch', ({ dave }) => {
      dave!.newGroup();
    });
  }

  async downgrade(guild: FakeGuild): Promise<void> {
    await this.#changeKeys(guild, 'the end of encryption', ({ dave }) => {
      dave!.downgrade();
    });
  }

  async upgrade(guild: FakeGuild): Promise<void> {
    await this.#changeKeys(guild, 'encryption', ({ dave }) => {
      dave!.newGroup();
    });
  }

  async #changeKeys(guild: FakeGuild, what: string, change: (room: VoiceRoom) => void): Promise<void> {
    const { botVoice } = ours(Guild, guild);
    if (!botVoice.channel) throw new Error('the bot is in no voice channel');
    const room = this.#world.voice.room(botVoice.channel);
    if (!room.dave) throw new Error('this Discord does not encrypt end to end');
    change(room);
    await this.#world.changes.until(() => room.userIds.every((id) => room.dave!.settledFor(id)), { what });
    await room.synced();
  }

  loseMedia(guild: FakeGuild, share: number): void {
    ours(Guild, guild).botVoice.loss = share;
  }
}
