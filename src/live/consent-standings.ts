import type { ConsentAction } from './consent-log.ts';
import type { ConsentSubject } from './types.ts';

/** What is known of one speaker. */
export interface Standing {
  /** When the last grant ends; Infinity: never; undefined: there was none since the last withdrawal. */
  grantedUntilMs: number | undefined;
  isWithdrawn: boolean;
  /** Counts withdrawals and purges, so that a grant that was under way meanwhile takes no effect. */
  withdrawals: number;
  /** The last purge, by that count, while some data may be left; otherwise 0. */
  unfinishedPurge: number;
  /** Done when all entries before are written or failed: the log must have them in the order of their calls. */
  written: Promise<void>;
}

/** Brings what is known of a speaker up to date: in life and in replay alike. */
export function apply(standing: Standing, action: ConsentAction, expiresAtMs = Infinity): void {
  if (action === 'grant') {
    standing.grantedUntilMs = expiresAtMs;
    standing.isWithdrawn = false;
  } else if (action === 'withdraw' || action === 'purge') {
    standing.grantedUntilMs = undefined;
    standing.isWithdrawn = true;
    standing.withdrawals++;
    if (action === 'purge') standing.unfinishedPurge = standing.withdrawals;
  } else if (action === 'purged') {
    standing.unfinishedPurge = 0;
  }
}

/** What is known of all speakers. */
export class Standings {
  readonly #purgedName: (subject: ConsentSubject) => string | undefined;
  /** By platform, space and speaker: a key of all three would have to be made anew for every packet. */
  readonly #platforms = new Map<string, Map<string, Map<string, Standing>>>();

  /** @param purgedName what the log calls a speaker who was purged; see `ConsentLog` */
  constructor(purgedName: (subject: ConsentSubject) => string | undefined) {
    this.#purgedName = purgedName;
  }

  /** What is known of a speaker; undefined where nothing is of anybody in their space. */
  find(subject: ConsentSubject): Standing | undefined {
    const speakers = this.#platforms.get(subject.platform)?.get(subject.space);
    // Whom the ledger does not know by their id it may know by the name of those who were purged.
    return speakers?.get(subject.speaker) ?? (speakers && this.of(subject));
  }

  /** What is known of a speaker, to be kept up to date. */
  of(subject: ConsentSubject): Standing {
    const { platform, space, speaker } = subject;
    const spaces = inserted(this.#platforms, platform, () => new Map<string, Map<string, Standing>>());
    const speakers = inserted(spaces, space, () => new Map<string, Standing>());
    return inserted(speakers, speaker, () => ({
      grantedUntilMs: undefined,
      // Who was purged in an earlier life stays withdrawn until they grant anew.
      isWithdrawn: speakers.get(this.#purgedName(subject) ?? '')?.isWithdrawn ?? false,
      withdrawals: 0,
      unfinishedPurge: 0,
      written: Promise.resolve(),
    }));
  }

  /** Whose data may not all be deleted. */
  unfinishedPurges(): ConsentSubject[] {
    const subjects: ConsentSubject[] = [];
    for (const [platform, spaces] of this.#platforms) {
      for (const [space, speakers] of spaces) {
        for (const [speaker, { unfinishedPurge }] of speakers) {
          if (unfinishedPurge) subjects.push({ platform, space, speaker });
        }
      }
    }
    return subjects;
  }
}

/** What a map has under a key, made where it has nothing. */
function inserted<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
