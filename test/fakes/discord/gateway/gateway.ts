import { GatewayCloseCodes, GatewayIntentBits, GatewayOpcodes } from 'discord-api-types/v10';
import type { Server } from 'node:http';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { Member } from '../state/member.ts';
import type { World } from '../state/world.ts';
import type { VoiceRequest } from '../voice/bot-voice.ts';
import { GatewaySession } from './gateway-session.ts';

/** Intents that an application must be approved for; this one is not. */
const PRIVILEGED = GatewayIntentBits.GuildMembers | GatewayIntentBits.GuildPresences | GatewayIntentBits.MessageContent;
/** Commands a minute, heartbeats apart. */
const COMMANDS_A_MINUTE = 120;

interface Identify {
  readonly token: string;
  readonly intents: number;
  readonly shard?: readonly [number, number];
  readonly presence?: unknown;
}

interface Resume {
  readonly token: string;
  readonly session_id: string;
  readonly seq: number;
}

/** The gateway, version 10: JSON over a WebSocket without compression. */
export class Gateway {
  readonly #world: World;
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #sessions = new Map<string, GatewaySession>();
  presence: unknown;
  remainingStarts: number;

  constructor(world: World) {
    this.#world = world;
    this.remainingStarts = world.options.sessionStarts;
    this.#server.on('connection', (socket) => {
      new GatewayConnection(socket, world, this.#sessions);
    });
  }

  /** Takes the WebSockets of an HTTP server. */
  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => {
      if (!request.url?.startsWith('/gateway')) socket.destroy();
      else this.#server.handleUpgrade(request, socket, head, (ws) => this.#server.emit('connection', ws, request));
    });
  }

  /** Sessions with a connection. */
  get shards(): GatewaySession['shard'][] {
    return [...this.#sessions.values()].filter(({ socket }) => socket).map(({ shard }) => shard);
  }

  dispatch(event: string, guildId: string, data: object): void {
    for (const session of this.#sessions.values()) {
      if (session.owns(guildId) && session.wants(event)) session.dispatch(event, data);
    }
  }

  /** Ends connections; sessions that cannot be resumed are forgotten. */
  close(code: number, resumable: boolean, shard?: number): void {
    for (const session of this.#sessions.values()) {
      if (shard !== undefined && session.shard.id !== shard) continue;
      session.socket?.close(code);
      session.socket = undefined;
      if (!resumable) endSession(this.#sessions, session, this.#world);
    }
    this.#world.changes.changed();
  }

  cut(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }
}

/** The session is over: the bot is no longer in the voice channels that it entered through it. */
function endSession(sessions: Map<string, GatewaySession>, session: GatewaySession, world: World): void {
  sessions.delete(session.id);
  for (const guild of world.guilds) guild.botVoice.gatewayEnded(session.id);
  world.changes.changed();
}

/** One connection to the gateway. */
class GatewayConnection {
  readonly #socket: WebSocket;
  readonly #world: World;
  readonly #sessions: Map<string, GatewaySession>;
  #session: GatewaySession | undefined;
  #commands = 0;
  #minuteBegan = Date.now();
  readonly #zombieTimer: NodeJS.Timeout;

  constructor(socket: WebSocket, world: World, sessions: Map<string, GatewaySession>) {
    this.#socket = socket;
    this.#world = world;
    this.#sessions = sessions;
    const { heartbeatMs } = world.options;
    this.#zombieTimer = setTimeout(() => {
      this.#fail(GatewayCloseCodes.SessionTimedOut);
    }, 2 * heartbeatMs);
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', (code) => {
      this.#closed(code);
    });
    socket.on('message', (data: RawData) => {
      this.#receive(data);
    });
    this.#send(GatewayOpcodes.Hello, { heartbeat_interval: heartbeatMs });
  }

  #send(op: GatewayOpcodes, d: unknown): void {
    this.#socket.send(JSON.stringify({ op, d }));
  }

  #fail(code: GatewayCloseCodes): void {
    this.#world.log(`gateway: closed with ${code}`);
    this.#socket.close(code);
  }

  #closed(code: number): void {
    clearTimeout(this.#zombieTimer);
    const session = this.#session;
    if (session?.socket === this.#socket) {
      session.socket = undefined;
      // A client that says goodbye (1000, 1001) does not come back to this session.
      if (code === 1000 || code === 1001) endSession(this.#sessions, session, this.#world);
    }
    this.#world.changes.changed();
  }

  #receive(data: RawData): void {
    let op: GatewayOpcodes;
    let d: unknown;
    try {
      ({ op, d } = JSON.parse((data as Buffer).toString()) as { op: GatewayOpcodes; d: unknown });
    } catch {
      this.#fail(GatewayCloseCodes.DecodeError);
      return;
    }
    if (op === GatewayOpcodes.Heartbeat) {
      this.#zombieTimer.refresh();
      this.#session?.acknowledge(Number(d ?? 0));
      this.#send(GatewayOpcodes.HeartbeatAck, null);
    } else if (this.#tooMany()) this.#fail(GatewayCloseCodes.RateLimited);
    else if (op === GatewayOpcodes.Identify) this.#identify(d as Identify);
    else if (op === GatewayOpcodes.Resume) this.#resume(d as Resume);
    else if (!this.#session) this.#fail(GatewayCloseCodes.NotAuthenticated);
    else this.#command(op, d, this.#session);
  }

  #tooMany(): boolean {
    if (Date.now() - this.#minuteBegan > 60_000) {
      this.#minuteBegan = Date.now();
      this.#commands = 0;
    }
    return ++this.#commands > COMMANDS_A_MINUTE;
  }

  #identify({ token, intents, shard = [0, 1], presence }: Identify): void {
    const { gateway, botUser, applicationId, origin, options, joinedGuilds } = this.#world;
    if (this.#session) {
      this.#fail(GatewayCloseCodes.AlreadyAuthenticated);
      return;
    }
    if (bare(token) !== options.token) {
      this.#fail(GatewayCloseCodes.AuthenticationFailed);
      return;
    }
    if ((intents & PRIVILEGED) !== 0) {
      this.#fail(GatewayCloseCodes.DisallowedIntents);
      return;
    }
    if (shard[0] >= shard[1]) {
      this.#fail(GatewayCloseCodes.InvalidShard);
      return;
    }
    gateway.remainingStarts--;
    if (presence) gateway.presence = presence;
    const session = new GatewaySession(this.#socket, shard, intents);
    this.#session = session;
    this.#sessions.set(session.id, session);
    const guilds = joinedGuilds.filter(({ id }) => session.owns(id));
    session.dispatch('READY', {
      v: 10,
      user: botUser,
      guilds: guilds.map(({ id }) => ({ id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: `${origin.replace('http', 'ws')}/gateway`,
      shard,
      application: { id: applicationId, flags: 0 },
    });
    for (const guild of guilds) session.dispatch('GUILD_CREATE', guild.toGateway());
    this.#world.log(`gateway: shard ${shard[0]} of ${shard[1]} is ready with ${guilds.length} guilds`);
    this.#world.changes.changed();
  }

  #resume({ token, session_id: id, seq }: Resume): void {
    const session = this.#sessions.get(id);
    if (bare(token) !== this.#world.options.token) {
      this.#fail(GatewayCloseCodes.AuthenticationFailed);
      return;
    }
    if (!session?.resume(this.#socket, seq)) {
      this.#send(GatewayOpcodes.InvalidSession, false);
      return;
    }
    this.#session = session;
    this.#world.log(`gateway: shard ${session.shard.id} resumed`);
    this.#world.changes.changed();
  }

  #command(op: GatewayOpcodes, d: unknown, session: GatewaySession): void {
    if (op === GatewayOpcodes.PresenceUpdate) this.#world.gateway.presence = d;
    else if (op === GatewayOpcodes.VoiceStateUpdate) {
      const request = d as VoiceRequest & { readonly guild_id: string };
      const guild = this.#world.joinedGuilds.find(({ id }) => id === request.guild_id && session.owns(id));
      guild?.botVoice.signal(session.id, request);
    } else if (op === GatewayOpcodes.RequestGuildMembers) this.#sendMembers(d as MembersRequest, session);
    else this.#fail(GatewayCloseCodes.UnknownOpcode);
    this.#world.changes.changed();
  }

  #sendMembers({ guild_id, user_ids, query, nonce }: MembersRequest, session: GatewaySession): void {
    const guild = this.#world.joinedGuilds.find(({ id }) => id === guild_id);
    if (!guild) return;
    const wanted = user_ids === undefined ? undefined : [user_ids].flat();
    const asked = ({ id, name }: Member): boolean => wanted?.includes(id) ?? name.startsWith(query ?? '');
    session.dispatch('GUILD_MEMBERS_CHUNK', {
      guild_id,
      members: guild.members.filter(asked).map((member) => member.toJSON()),
      chunk_index: 0,
      chunk_count: 1,
      not_found: wanted?.filter((id) => !guild.members.some((member) => member.id === id)) ?? [],
      nonce,
    });
  }
}

interface MembersRequest {
  readonly guild_id: string;
  readonly user_ids?: string | readonly string[];
  readonly query?: string;
  readonly nonce?: string;
}

/** Clients may send the token with the word that stands before it in HTTP. */
const bare = (token: string): string => token.replace(/^Bot /, '');
