/** How sessions listen; all times in milliseconds. */
export interface LiveSettings {
  /** A packet that is missing is waited for as long: packets may come so far out of order. */
  readonly jitterMs: number;
  /** Lost sound up to this length is guessed from what came before it. */
  readonly concealMs: number;
  /** While somebody speaks, the last `windowMs` of it are heard every `everyMs`. */
  readonly windowMs: number;
  readonly everyMs: number;
  /** Speech ends where no packet has come for so long: many platforms send none in silence. */
  readonly idleMs: number;
  /** Leave out what is sound but no speech: music, noise, tones. */
  readonly voiceCheck: boolean;
}

/** What {@link LiveSettings} are unless they are said. */
export const LIVE_SETTINGS: LiveSettings = {
  jitterMs: 120,
  concealMs: 60,
  windowMs: 2_000,
  everyMs: 1_000,
  idleMs: 800,
  voiceCheck: true,
};
