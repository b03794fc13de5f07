import type { EmotionEvent, LiveEvent, SessionSummary } from '../live/index.ts';
import { clock, percent, shares, terminalPaint, words, type Paint } from './prediction-text.ts';

const BAR = 20;

/** Shows what a live session says: complete segments line by line, and below them what is heard right now. */
export class LiveDisplay {
  readonly #paint: Paint;
  readonly #asJson: boolean;
  /** Whether the last line can be written over. */
  readonly #isTerminal: boolean;

  constructor(labels: readonly string[], asJson: boolean) {
    this.#paint = terminalPaint(labels);
    this.#asJson = asJson;
    this.#isTerminal = process.stdout.isTTY && !asJson;
    if (!asJson) console.error('Listening; Ctrl-C ends it.');
  }

  show(event: LiveEvent): void {
    if (this.#asJson) {
      console.log(JSON.stringify(event));
    } else if (event.type === 'emotion') {
      if (event.of === 'segment') this.#line(this.#segment(event));
      else this.#now(event);
    } else if (event.type === 'alert') {
      this.#line(`! ${event.message}`);
    } else if (event.type === 'notSpeech') {
      this.#line(`  ${clock(event.startMs)}  ${clock(event.endMs)}  (no speech)`);
    } else if (event.type === 'gap') {
      this.#line(`  ${clock(event.startMs)}  ${clock(event.endMs)}  (${event.reason})`);
    }
  }

  end({ speechMs, speakers: [voice] }: SessionSummary): void {
    if (this.#asJson) return;
    this.#line('');
    if (!voice?.dominant) {
      console.log('no speech was found');
      return;
    }
    const { shares: scores, dominant: label, confidence, turningPoints } = voice;
    console.log(`${clock(speechMs)} of speech: ${shares({ label, confidence, scores, uncertain: false })}`);
    for (const { atMs, from, to } of turningPoints) console.log(`  ${clock(atMs)}  from ${from} to ${to}`);
  }

  #segment(event: EmotionEvent): string {
    const without = event.normal?.labelWithout;
    const changed = without !== undefined && without !== event.label ? `  (a stranger: ${without})` : '';
    const label = this.#paint(words(event).padEnd(22), event.label);
    return `  ${clock(event.startMs)}  ${clock(event.endMs)}  ${label}${percent(event.confidence).padStart(5)}  ${shares(event, 3)}${changed}`;
  }

  #now({ smoothed }: EmotionEvent): void {
    if (!this.#isTerminal) return;
    const bar = '█'.repeat(Math.round(BAR * smoothed.confidence)).padEnd(BAR, '░');
    process.stdout.write(`\r\x1b[K  now  ${this.#paint(`${bar} ${words(smoothed)}`, smoothed.label)}`);
  }

  #line(text: string): void {
    if (this.#isTerminal) process.stdout.write('\r\x1b[K');
    console.log(text);
  }
}
