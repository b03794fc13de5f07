/** Speech begins this far above the background and lasts until it comes this close to it. */
const ENTER_DB = 8;
const LEAVE_DB = 5;
/** Never speech: what is below this level, or this far below the loudest of the last while. */
const SILENCE_DB = -70;
const BELOW_PEAK_DB = 35;
/** How fast the background is believed to grow louder, and the loudest moment is forgotten. */
const FLOOR_RISE_DB_PER_S = 2;
const PEAK_FALL_DB_PER_S = 2;
/** The share of the way down that the background takes to a quieter block. */
const FLOOR_FALL = 0.2;
/** The first background is this quantile of the first look. */
const FIRST_FLOOR_QUANTILE = 0.1;

/**
 * Tells the blocks of a recording that are speech from its background, by their energy alone: a level well above that of
 * the background, which is followed as it changes, and not too far below the loudest of late. It takes more to begin
 * than to go on.
 */
export class SpeechActivity {
  readonly #rise: number;
  readonly #fall: number;
  #floorDb: number;
  #peakDb: number;
  #active = false;

  /**
   * @param firstLookDb the energies of the first blocks (a second or so), which say where background and speech lie;
   *   they are decided on like all others afterwards
   */
  constructor(firstLookDb: readonly number[], blockMs: number) {
    this.#rise = (FLOOR_RISE_DB_PER_S * blockMs) / 1_000;
    this.#fall = (PEAK_FALL_DB_PER_S * blockMs) / 1_000;
    const sorted = firstLookDb.toSorted((a, b) => a - b);
    this.#floorDb = sorted[Math.floor(FIRST_FLOOR_QUANTILE * sorted.length)] ?? SILENCE_DB;
    this.#peakDb = sorted.at(-1) ?? SILENCE_DB;
  }

  /** Decides on the next block, whose energy is in dB of full scale. */
  hear(energyDb: number): boolean {
    const apart = energyDb - this.#floorDb;
    this.#floorDb += apart < 0 ? FLOOR_FALL * apart : Math.min(apart, this.#rise);
    this.#peakDb = Math.max(energyDb, this.#peakDb - this.#fall);
    const aboveFloor = this.#floorDb + (this.#active ? LEAVE_DB : ENTER_DB);
    this.#active = energyDb > Math.max(aboveFloor, this.#peakDb - BELOW_PEAK_DB, SILENCE_DB);
    return this.#active;
  }
}
