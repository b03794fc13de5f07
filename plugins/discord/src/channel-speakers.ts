import type { Guild, GuildMember } from 'discord.js';
import type { HostLog, HostSession, LiveEvent, MediaPacket, SpeakerTrack } from 'undertone';
import { faultName } from './faults.ts';
import { SpeakerView } from './speaker-view.ts';
import type { VoiceLink } from './voice/voice-link.ts';

/** What {@link ChannelSpeakers} work with. */
export interface ChannelSpeakersParts {
  readonly guild: Guild;
  readonly live: HostSession;
  readonly link: Pick<VoiceLink, 'listen' | 'ignore'>;
  readonly log: HostLog;
  channelId(): string;
  /** There is something else to show. */
  onChange(isNews: boolean): void;
}

/** Who is in a voice channel beside the bot, who of them is heard, and how they sound. */
export class ChannelSpeakers {
  readonly #parts: ChannelSpeakersParts;
  readonly #views = new Map<string, SpeakerView>();
  /** Null while the track is being opened. */
  readonly #tracks = new Map<string, SpeakerTrack | null>();
  #people = 0;
  #unheard = 0;
  #gapMs = 0;
  #refreshing: Promise<void> | undefined;
  #refreshAgain = false;
  #isClosed = false;

  constructor(parts: ChannelSpeakersParts) {
    this.#parts = parts;
  }

  get views(): readonly SpeakerView[] {
    return [...this.#views.values()];
  }

  /** Whether no person is in the channel. */
  get isEmpty(): boolean {
    return this.#people === 0;
  }

  /** How many are in the channel who are not heard. */
  get unheard(): number {
    return this.#unheard;
  }

  /** Sound that was sent and could not be used, in milliseconds, of all speakers. */
  get gapMs(): number {
    return this.#gapMs;
  }

  /** The ids of all who are in the channel, other bots too. */
  ids(): string[] {
    const { guild } = this.#parts;
    const channelId = this.#parts.channelId();
    return [...guild.voiceStates.cache.values()]
      .filter((state) => state.channelId === channelId && state.id !== guild.client.user.id)
      .map(({ id }) => id);
  }

  write(speaker: string, packet: MediaPacket): void {
    this.#tracks.get(speaker)?.write(packet);
  }

  /** Brings who is heard in line with who is there and may be heard. */
  refresh(): Promise<void> {
    if (this.#refreshing) {
      this.#refreshAgain = true;
      return this.#refreshing;
    }
    this.#refreshing = this.#refresh()
      .catch((cause: unknown) => {
        this.#parts.log.error('who is in the channel could not be looked up', { fault: faultName(cause) });
      })
      .finally(() => {
        this.#refreshing = undefined;
        if (this.#refreshAgain) {
          this.#refreshAgain = false;
          void this.refresh();
        }
      });
    return this.#refreshing;
  }

  /** Somebody opted out: nothing of them is shown any more. */
  forget(speaker: string): void {
    this.#unhear(speaker);
    this.#views.delete(speaker);
    this.#parts.onChange(true);
  }

  /** Takes what the session says of a speaker. */
  hear(event: Exclude<LiveEvent, { type: 'alert' | 'summary' }>): void {
    if (event.type === 'gap') this.#gapMs += event.endMs - event.startMs;
    const view = this.#views.get(event.speaker);
    if (!view) return;
    if (event.type === 'emotion') view.hear(event);
    if (event.type === 'speechStart') view.isTalking = true;
    if (event.type === 'speechEnd') view.isTalking = false;
    this.#parts.onChange(event.type === 'speechEnd');
  }

  /** The session is over: nobody talks, nobody is looked up any more. */
  close(): void {
    this.#isClosed = true;
    for (const view of this.#views.values()) view.isTalking = false;
  }

  async #refresh(): Promise<void> {
    if (this.#isClosed) return;
    const { guild, live } = this.#parts;
    const members = await Promise.all(
      this.ids().map(async (id) => guild.members.cache.get(id) ?? guild.members.fetch(id).catch(() => undefined)),
    );
    const people = members.filter((member): member is GuildMember => member !== undefined && !member.user.bot);
    const present = new Set(people.map(({ id }) => id));
    for (const speaker of this.#tracks.keys()) if (!present.has(speaker)) this.#unhear(speaker);
    for (const view of this.#views.values()) view.isPresent = present.has(view.id);
    let unheard = 0;
    for (const member of people) {
      if (live.mayHear({ speaker: member.id, role: 'participant' }).allowed) void this.#listenTo(member);
      else {
        unheard++;
        this.#unhear(member.id);
      }
    }
    this.#people = people.length;
    this.#unheard = unheard;
    this.#parts.onChange(false);
  }

  async #listenTo({ id, displayName }: GuildMember): Promise<void> {
    if (this.#tracks.has(id)) return;
    const { live, link, log } = this.#parts;
    this.#tracks.set(id, null);
    try {
      const track = await live.openTrack({ speaker: id, role: 'participant', name: displayName }, { codec: 'opus' });
      // They may have left, or withdrawn, meanwhile.
      if (this.#tracks.get(id) !== null) {
        await live.closeTrack(track);
        return;
      }
      this.#tracks.set(id, track);
      link.listen(id);
      const view = this.#views.get(id);
      if (view) view.name = displayName;
      else this.#views.set(id, new SpeakerView(id, displayName));
      this.#parts.onChange(true);
    } catch (cause) {
      this.#tracks.delete(id);
      log.warn('a speaker cannot be heard', { fault: faultName(cause) });
    }
  }

  #unhear(speaker: string): void {
    const track = this.#tracks.get(speaker);
    if (track === undefined) return;
    this.#tracks.delete(speaker);
    this.#parts.link.ignore(speaker);
    const view = this.#views.get(speaker);
    if (view) view.isTalking = false;
    if (track) void this.#parts.live.closeTrack(track);
  }
}
