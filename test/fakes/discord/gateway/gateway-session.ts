import { randomBytes } from 'node:crypto';
import { GatewayIntentBits, GatewayOpcodes } from 'discord-api-types/v10';
import type { WebSocket } from 'ws';

/** The intent without which an event is not sent. */
const INTENT_OF: Readonly<Record<string, number>> = {
  VOICE_STATE_UPDATE: GatewayIntentBits.GuildVoiceStates,
  MESSAGE_CREATE: GatewayIntentBits.GuildMessages,
  MESSAGE_UPDATE: GatewayIntentBits.GuildMessages,
  MESSAGE_DELETE: GatewayIntentBits.GuildMessages,
  GUILD_MEMBER_ADD: GatewayIntentBits.GuildMembers,
  GUILD_MEMBER_REMOVE: GatewayIntentBits.GuildMembers,
  GUILD_CREATE: GatewayIntentBits.Guilds,
  GUILD_DELETE: GatewayIntentBits.Guilds,
  GUILD_ROLE_UPDATE: GatewayIntentBits.Guilds,
  CHANNEL_CREATE: GatewayIntentBits.Guilds,
  CHANNEL_UPDATE: GatewayIntentBits.Guilds,
  CHANNEL_DELETE: GatewayIntentBits.Guilds,
};

const KEPT_EVENTS = 1_000;

/** A shard's session: it goes on when its connection is lost, and a client that resumes it gets what it missed. */
export class GatewaySession {
  readonly id = randomBytes(16).toString('hex');
  readonly shard: { readonly id: number; readonly count: number; readonly intents: number };
  socket: WebSocket | undefined;
  #sequence = 0;
  #events: { readonly sequence: number; readonly message: string }[] = [];

  constructor(socket: WebSocket, [id, count]: readonly [number, number], intents: number) {
    this.socket = socket;
    this.shard = { id, count, intents };
  }

  /** Discord's formula: the guilds of a shard are those whose creation time has this remainder. */
  owns(guildId: string): boolean {
    return Number((BigInt(guildId) >> 22n) % BigInt(this.shard.count)) === this.shard.id;
  }

  wants(event: string): boolean {
    const intent = INTENT_OF[event] ?? 0;
    return (this.shard.intents & intent) === intent;
  }

  dispatch(event: string, data: object): void {
    const sequence = ++this.#sequence;
    const message = JSON.stringify({ op: GatewayOpcodes.Dispatch, t: event, s: sequence, d: data });
    this.#events.push({ sequence, message });
    if (this.#events.length > KEPT_EVENTS) this.#events.shift();
    this.socket?.send(message);
  }

  /** Goes on over a new connection; false if what it missed is gone. */
  resume(socket: WebSocket, lastSeen: number): boolean {
    const oldest = this.#events[0]?.sequence ?? this.#sequence + 1;
    if (lastSeen > this.#sequence || lastSeen < oldest - 1) return false;
    this.socket?.terminate();
    this.socket = undefined;
    for (const { sequence, message } of this.#events) if (sequence > lastSeen) socket.send(message);
    this.socket = socket;
    this.dispatch('RESUMED', {});
    return true;
  }

  acknowledge(lastSeen: number): void {
    this.#events = this.#events.filter(({ sequence }) => sequence > lastSeen);
  }
}
