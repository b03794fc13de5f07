import type { APIApplicationCommand, APIUser } from 'discord-api-types/v10';
import type { GuildOptions, RestRequest } from '../api.ts';
import type { Changes } from '../changes.ts';
import { Gateway } from '../gateway/gateway.ts';
import { Interactions } from '../interactions/interactions.ts';
import { RestFaults } from '../rest/rest-faults.ts';
import { Snowflakes } from '../snowflakes.ts';
import { Speeches } from '../voice/speeches.ts';
import type { VoiceCalls } from '../voice/voice-calls.ts';
import { Attachments } from './attachments.ts';
import type { Channel } from './channel.ts';
import { found, Guild } from './guild.ts';
import { user } from './member.ts';

export interface WorldOptions {
  readonly token: string;
  readonly guilds: readonly GuildOptions[];
  readonly shards: number;
  readonly sessionStarts: number;
  readonly heartbeatMs: number;
  readonly log: (line: string) => void;
}

/** Everything that this Discord knows. */
export class World {
  readonly options: WorldOptions;
  readonly changes: Changes;
  readonly ids = new Snowflakes();
  readonly applicationId = this.ids.next();
  readonly botUser: APIUser;
  readonly guilds: Guild[] = [];
  /** The commands of the application, by guild; those for everywhere under ''. */
  readonly commands = new Map<string, APIApplicationCommand[]>();
  readonly requests: RestRequest[] = [];
  readonly attachments: Attachments;
  readonly gateway: Gateway;
  readonly interactions: Interactions;
  readonly speeches: Speeches;
  readonly restFaults = new RestFaults();
  readonly voice: VoiceCalls;
  /** Whether nothing of Discord answers. */
  readonly away: { now: boolean };
  /** `http://127.0.0.1:<port>`, once it listens. */
  origin = '';
  /** Ends all connections at once. */
  cut: () => void = () => undefined;

  constructor(options: WorldOptions, parts: Pick<World, 'changes' | 'away' | 'voice'>) {
    this.options = options;
    this.changes = parts.changes;
    this.away = parts.away;
    this.voice = parts.voice;
    this.botUser = user(this.applicationId, 'undertone', true);
    this.attachments = new Attachments(this.ids, () => this.origin);
    this.gateway = new Gateway(this);
    this.interactions = new Interactions(this);
    this.speeches = new Speeches(() => {
      this.changes.changed();
    });
    for (const guild of options.guilds) this.guilds.push(new Guild(this, guild));
  }

  log(line: string): void {
    this.options.log(line);
  }

  guild(idOrName: string): Guild {
    return found(this.guilds, idOrName, 'guild');
  }

  /** Guilds in which the bot is. */
  get joinedGuilds(): Guild[] {
    return this.guilds.filter(({ hasBot }) => hasBot);
  }

  channel(id: string): Channel | undefined {
    return this.joinedGuilds.flatMap(({ channels }) => channels).find((channel) => channel.id === id);
  }

  /** Something happened in a guild: the bot's sessions and whoever waits hear of it. */
  dispatch(event: string, guildId: string, data: object): void {
    if (this.guilds.some(({ id, hasBot }) => id === guildId && hasBot)) this.gateway.dispatch(event, guildId, data);
    this.changes.changed();
  }
}
