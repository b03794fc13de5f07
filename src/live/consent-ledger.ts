import { UndertoneError } from '../errors.ts';
import { parseStrict } from '../validation.ts';
import type { ConsentAction, ConsentEntry, ConsentLog } from './consent-log.ts';
import {
  consentSettingsSchema,
  type ConsentMode,
  type ConsentSettings,
  type ConsentSettingsInput,
} from './consent-settings.ts';
import { apply, Standings, type Standing } from './consent-standings.ts';
import type { ConsentSubject, SpeakerRole } from './types.ts';

const REASONS = [
  'workplace-or-education',
  'not-a-customer',
  'purge-unfinished',
  'withdrawn',
  'no-notice',
  'not-granted',
  'grant-expired',
] as const;

/** Why somebody may not be heard. */
export type ConsentRefusal = (typeof REASONS)[number];
/** Whether somebody may be heard. */
export type ConsentVerdict = { readonly allowed: true } | { readonly allowed: false; readonly reason: ConsentRefusal };

/** What took effect, and for whom. */
export interface ConsentChange {
  readonly subject: ConsentSubject;
  readonly action: Exclude<ConsentAction, 'notice' | 'refuse'>;
}

/** Something that keeps data of speakers: a store, the voices in memory. */
export interface ConsentData {
  /** For reports: "store". */
  readonly name: string;
  /** Deletes all that it has of a speaker; to be asked again must do no harm. */
  purge(subject: ConsentSubject): Promise<void>;
}

/** What became of a purge; where `failed` is not empty, purge again. */
export interface PurgeReport {
  readonly purged: readonly string[];
  readonly failed: readonly { readonly name: string; readonly error: unknown }[];
}

/** Who did something, and what they say about it. */
export interface ConsentAct {
  readonly by: string;
  readonly detail?: string;
}

const ALLOWED = { allowed: true } as const;
const REFUSED = Object.fromEntries(REASONS.map((reason) => [reason, { allowed: false, reason }])) as Readonly<
  Record<ConsentRefusal, ConsentVerdict>
>;

/**
 * Who may be heard, and the proof of it. Withdrawals and purges take effect before their call returns, grants once
 * the log has them. No message of its errors names a speaker; their causes are the log's own words.
 */
export class ConsentLedger {
  readonly settings: ConsentSettings;
  readonly #log: ConsentLog;
  readonly #clock: () => number;
  readonly #onListenerError: (error: unknown) => void;
  readonly #standings: Standings;
  readonly #listeners = new Set<(change: ConsentChange) => void>();
  readonly #data = new Set<ConsentData>();

  private constructor(
    log: ConsentLog,
    settings: ConsentSettings,
    clock: () => number,
    onListenerError: (error: unknown) => void,
  ) {
    this.#log = log;
    this.settings = settings;
    this.#clock = clock;
    this.#onListenerError = onListenerError;
    this.#standings = new Standings((subject) => log.purgedName?.(subject));
  }

  /**
   * A ledger that knows all that the log knows.
   * @param clock milliseconds since 1970; default the system's
   * @param onListenerError is told what a listener of {@link onChange} threw
   * @throws UndertoneError CONSENT_SETTINGS_INVALID, CONSENT_LOG_UNREADABLE
   */
  static async open(
    log: ConsentLog,
    settings: ConsentSettingsInput,
    clock: () => number = Date.now,
    onListenerError: (error: unknown) => void = () => undefined,
  ): Promise<ConsentLedger> {
    const parsed = parseStrict(consentSettingsSchema, settings, {
      code: 'CONSENT_SETTINGS_INVALID',
      subject: 'consent',
      remedy: 'Correct the setting.',
    });
    const ledger = new ConsentLedger(log, parsed, clock, onListenerError);
    try {
      const loaded = log.load();
      for await (const entry of Symbol.asyncIterator in loaded ? loaded : await loaded) {
        const { speaker, action, expiresAtMs } = entry;
        if (speaker !== null) apply(ledger.#standings.of({ ...entry, speaker }), action, expiresAtMs);
      }
    } catch (cause) {
      throw new UndertoneError('CONSENT_LOG_UNREADABLE', {
        subject: 'consent log',
        problem: 'cannot be read, so that nobody may be heard',
        remedy: 'See that its store can be reached and is not damaged.',
        cause,
      });
    }
    return ledger;
  }

  /**
   * Whether a speaker may be heard now: to be asked for every packet. Allocates nothing.
   * @param session `noticeGiven`: whether all in the session were told that emotions are heard; `mode`: where the
   *   session's own is another than that of the settings
   */
  mayHear(
    subject: ConsentSubject,
    role: SpeakerRole,
    session: { readonly noticeGiven: boolean; readonly mode?: ConsentMode },
  ): ConsentVerdict {
    const { allowWorkplaceAndEducation } = this.settings;
    const mode = session.mode ?? this.settings.mode;
    if ((role === 'employee' || role === 'student') && !allowWorkplaceAndEducation) {
      return REFUSED['workplace-or-education'];
    }
    if (mode === 'customer-only' && role !== 'customer') return REFUSED['not-a-customer'];
    const standing = this.#standings.find(subject);
    if (standing?.unfinishedPurge) return REFUSED['purge-unfinished'];
    if (standing?.isWithdrawn) return REFUSED.withdrawn;
    if (mode !== 'opt-in') return session.noticeGiven ? ALLOWED : REFUSED['no-notice'];
    if (standing?.grantedUntilMs === undefined) return REFUSED['not-granted'];
    return this.#clock() < standing.grantedUntilMs ? ALLOWED : REFUSED['grant-expired'];
  }

  /**
   * Lets a speaker be heard, once it is written down. A withdrawal that comes meanwhile is the last word; during a
   * purge, the grant takes effect when that is done.
   * @throws UndertoneError CONSENT_NOT_RECORDED, and nothing has changed
   */
  async grant(subject: ConsentSubject, act: ConsentAct & { readonly expiresAtMs?: number }): Promise<void> {
    const standing = this.#standings.of(subject);
    const { withdrawals } = standing;
    await this.#record(standing, subject, 'grant', act);
    if (withdrawals !== standing.withdrawals) return;
    apply(standing, 'grant', act.expiresAtMs);
    this.#tell(subject, 'grant');
  }

  /**
   * From this very moment a speaker is not heard any more.
   * @throws UndertoneError CONSENT_NOT_RECORDED; the withdrawal holds, but a restart would not know of it: try again
   */
  async withdraw(subject: ConsentSubject, act: ConsentAct): Promise<void> {
    const standing = this.#standings.of(subject);
    apply(standing, 'withdraw');
    this.#tell(subject, 'withdraw');
    await this.#record(standing, subject, 'withdraw', act);
  }

  /**
   * Withdraws and has all data of a speaker deleted, but for the log. Until all of it is, the speaker is refused
   * whatever was granted; after it, until the next grant.
   * @throws UndertoneError CONSENT_NOT_RECORDED; what could be deleted is
   */
  async purge(subject: ConsentSubject, act: ConsentAct): Promise<PurgeReport> {
    const standing = this.#standings.of(subject);
    apply(standing, 'purge');
    const { unfinishedPurge } = standing;
    this.#tell(subject, 'purge');
    // A log that hangs or fails keeps no data from being deleted.
    const recorded = this.#record(standing, subject, 'purge', act);
    recorded.catch(() => undefined);
    const data = [...this.#data];
    const outcomes = await Promise.allSettled(data.map(async (holder) => holder.purge(subject)));
    const report = {
      purged: data.filter((_, i) => outcomes[i]!.status === 'fulfilled').map(({ name }) => name),
      failed: outcomes.flatMap((outcome, i) =>
        outcome.status === 'rejected' ? [{ name: data[i]!.name, error: outcome.reason as unknown }] : [],
      ),
    };
    await recorded;
    // Where another purge was asked for meanwhile, it is for that one to say that it is done.
    if (report.failed.length === 0 && unfinishedPurge === standing.unfinishedPurge) {
      apply(standing, 'purged');
      this.#tell(subject, 'purged');
      await this.#record(standing, subject, 'purged', { by: act.by });
    }
    return report;
  }

  /** Whose data may not all be deleted, after a failure or a crash: to be purged again. */
  unfinishedPurges(): ConsentSubject[] {
    return this.#standings.unfinishedPurges();
  }

  /**
   * Writes down that all in a space were told; only then may a session count the notice as given.
   * @throws UndertoneError CONSENT_NOT_RECORDED
   */
  async recordNotice({ platform, space }: Omit<ConsentSubject, 'speaker'>, act: ConsentAct): Promise<void> {
    await this.#append({ ...act, atMs: this.#clock(), platform, space, speaker: null, action: 'notice' });
  }

  /**
   * Writes down that a speaker was not heard, and why; once a track, not once a packet.
   * @throws UndertoneError CONSENT_NOT_RECORDED
   */
  async recordRefusal(subject: ConsentSubject, reason: ConsentRefusal, by: string): Promise<void> {
    await this.#record(this.#standings.of(subject), subject, 'refuse', { by, detail: reason });
  }

  /**
   * Calls a listener at the moment at which something takes effect; one that throws costs no other.
   * @returns what ends that
   */
  onChange(listener: (change: ConsentChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Has purges reach this data too. */
  register(data: ConsentData): void {
    this.#data.add(data);
  }

  #tell(subject: ConsentSubject, action: ConsentChange['action']): void {
    for (const listener of this.#listeners) {
      try {
        listener({ subject, action });
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }

  #record(
    standing: Standing,
    { platform, space, speaker }: ConsentSubject,
    action: ConsentAction,
    act: ConsentAct & { readonly expiresAtMs?: number },
  ): Promise<void> {
    const entry = { ...act, atMs: this.#clock(), platform, space, speaker, action };
    const written = standing.written.then(() => this.#append(entry));
    standing.written = written.catch(() => undefined);
    return written;
  }

  async #append(entry: ConsentEntry): Promise<void> {
    try {
      await this.#log.append(entry);
    } catch (cause) {
      throw new UndertoneError('CONSENT_NOT_RECORDED', {
        subject: `consent log, action "${entry.action}"`,
        problem: 'could not be written down',
        remedy: 'Try again once the log can be written.',
        cause,
      });
    }
  }
}
