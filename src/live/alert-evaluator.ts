import type { AlertRule } from './alert-rules.ts';
import type { AlertEvent, EmotionEvent, SpeakerRole } from './types.ts';

/** What a rule that came true says; the session makes an event of it. */
export type Alert = Pick<AlertEvent, 'rule' | 'speaker' | 'trackId' | 'message' | 'startMs' | 'endMs'>;

/** What the evaluator looks at in an emotion event, of a window or a segment. */
export type HeardEmotion = Pick<EmotionEvent, 'speaker' | 'trackId' | 'startMs' | 'endMs' | 'smoothed'>;

/** How far a rule is from coming true, for one speaker or for the conversation; on the session's media clock. */
interface Run {
  /** The end of the last speech that was heard with confidence. */
  toldUntilMs: number;
  /** Speech in a row over the threshold, and from where on. */
  speechMs: number;
  sinceMs: number;
  /** No alert ends before. */
  silentUntilMs: number;
}

/** How long it is remembered until when somebody was heard; no two events that overlap lie further apart. */
const LATEST_MS = 60_000;
/** As few entries are kept without a look at how old they are. */
const FEW = 256;

/**
 * Listens for what alert rules ask for. Windows overlap: of each event, only the time that no event covered before
 * counts, and an event without any says nothing. Speech that is uncertain is like a pause: it neither counts nor ends
 * what was counted, unless it lasts longer than `resetAfterPauseMs`. Speech that is not over the threshold ends it at
 * once. Bounded memory: who was not heard for so long that they would begin anew is forgotten.
 */
export class AlertEvaluator {
  readonly #rules: readonly RuleEvaluator[];
  readonly #onRuleError: (rule: string, error: unknown) => void;
  /** Until when each speaker was heard, with confidence or without. */
  readonly #heard = new ForgetfulMap<string, { untilMs: number }>(({ untilMs }, nowMs) => nowMs - untilMs > LATEST_MS);

  /** @param onRuleError is told what went wrong with one rule; the others go on */
  constructor(rules: readonly AlertRule[], onRuleError: (rule: string, error: unknown) => void = () => undefined) {
    this.#rules = rules.map((rule) => new RuleEvaluator(rule));
    this.#onRuleError = onRuleError;
  }

  /** The alerts that an event raises, in the order of the rules. Events of one speaker come in order of their ends. */
  hear(event: HeardEmotion, role: SpeakerRole): Alert[] {
    const heard = this.#heard.get(event.speaker, event.startMs, () => ({ untilMs: 0 }));
    const fromMs = Math.max(event.startMs, heard.untilMs);
    if (event.endMs <= fromMs) return [];
    heard.untilMs = event.endMs;
    const alerts: Alert[] = [];
    for (const evaluator of this.#rules) {
      try {
        const alert = evaluator.hear(event, fromMs, role);
        if (alert) alerts.push(alert);
      } catch (error) {
        this.#onRuleError(evaluator.rule.name, error);
      }
    }
    return alerts;
  }
}

class RuleEvaluator {
  readonly rule: AlertRule;
  /** By speaker; that of the conversation by null. Those whose counting would begin anew anyway are forgotten. */
  readonly #runs: ForgetfulMap<string | null, Run>;
  /** In a conversation: each speaker's last confident score, and when it was heard. */
  readonly #scores = new Map<string, { readonly score: number; readonly atMs: number }>();

  constructor(rule: AlertRule) {
    this.rule = rule;
    this.#runs = new ForgetfulMap(
      ({ toldUntilMs, silentUntilMs }, nowMs) =>
        nowMs - toldUntilMs > rule.resetAfterPauseMs + LATEST_MS && nowMs > silentUntilMs,
    );
  }

  /** @param newFromMs from where on the event's speech is new */
  hear(event: HeardEmotion, newFromMs: number, role: SpeakerRole): Alert | undefined {
    const { rule } = this;
    const { speaker, trackId, endMs, smoothed } = event;
    if (rule.roles && !rule.roles.includes(role)) return undefined;
    if (smoothed.uncertain || smoothed.confidence < rule.minConfidence) return undefined;
    const own = rule.emotion.reduce((sum, label) => sum + (smoothed.scores[label] ?? 0), 0);
    const isOfOne = rule.scope === 'speaker';
    const isOver = (isOfOne ? own : this.#meanScore(speaker, own, endMs)) > rule.above;
    const run = this.#runs.get(isOfOne ? speaker : null, event.startMs, () => ({
      toldUntilMs: 0,
      speechMs: 0,
      sinceMs: 0,
      silentUntilMs: 0,
    }));
    // Where several speak at once, that is one conversation's time.
    const fromMs = Math.max(newFromMs, run.toldUntilMs);
    if (!isOver || fromMs - run.toldUntilMs > rule.resetAfterPauseMs) run.speechMs = 0;
    if (endMs <= fromMs) return undefined;
    run.toldUntilMs = endMs;
    if (!isOver) return undefined;
    if (run.speechMs === 0) run.sinceMs = fromMs;
    run.speechMs += endMs - fromMs;
    if (run.speechMs < rule.forMs || endMs < run.silentUntilMs) return undefined;
    const seconds = Math.round(run.speechMs / 100) / 10;
    const message = `${rule.emotion.join(' + ')} over ${rule.above} for ${seconds} s of speech`;
    const { sinceMs } = run;
    run.speechMs = 0;
    run.silentUntilMs = endMs + rule.coolDownMs;
    const who = isOfOne ? { speaker, trackId } : { speaker: null, trackId: null };
    return { rule: rule.name, ...who, message, startMs: sinceMs, endMs };
  }

  /** The mean over all who were heard lately, each by their last score. */
  #meanScore(speaker: string, own: number, nowMs: number): number {
    this.#scores.set(speaker, { score: own, atMs: nowMs });
    let sum = 0;
    for (const [other, { score, atMs }] of this.#scores) {
      if (nowMs - atMs > this.rule.resetAfterPauseMs) this.#scores.delete(other);
      else sum += score;
    }
    return sum / this.#scores.size;
  }
}

/** Forgets what is old, looking through it whenever it has twice as many entries as were left the last time. */
class ForgetfulMap<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #isOld: (value: V, nowMs: number) => boolean;
  #most = FEW;

  constructor(isOld: (value: V, nowMs: number) => boolean) {
    this.#isOld = isOld;
  }

  get(key: K, nowMs: number, make: () => V): V {
    let value = this.#entries.get(key);
    if (value === undefined) {
      if (this.#entries.size >= this.#most) this.#forget(nowMs);
      this.#entries.set(key, (value = make()));
    }
    return value;
  }

  #forget(nowMs: number): void {
    for (const [key, value] of this.#entries) if (this.#isOld(value, nowMs)) this.#entries.delete(key);
    this.#most = Math.max(FEW, 2 * this.#entries.size);
  }
}
