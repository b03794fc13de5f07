// The other side of `calls`, in a process of its own: Twilio with so many calls.
import { framesOf } from '../../plugins/twilio/src/simulator/call-sound.ts';
import { simulateCall } from '../../plugins/twilio/src/simulator/simulated-call.ts';
import { encodeMulaw } from '../../src/audio/index.ts';
import { threeDigits } from './measure.ts';
import { syntheticVoice } from './signals.ts';

export interface SenderPlan {
  readonly url: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly calls: number;
  readonly seconds: number;
}

export interface SenderReport {
  readonly frames: number;
  readonly failed: number;
  readonly cores: number;
  /** Why calls failed. */
  readonly faults: readonly string[];
  /** How much longer than planned the longest call took. */
  readonly latestMs: number;
}

const RATE = 8_000;
/** One speaks for so long, then the other. */
const TURN_S = 6;

/** The two sides of a conversation in turns. */
function conversation(seconds: number): [string[], string[]] {
  const sound = syntheticVoice(seconds, RATE);
  const sides = [0, 1].map((side) =>
    sound.map((sample, at) => (Math.floor(at / RATE / TURN_S) % 2 === side ? sample : 0)),
  );
  return [framesOf(encodeMulaw(sides[0]!)), framesOf(encodeMulaw(sides[1]!))];
}

const plan = JSON.parse(process.argv[2]!) as SenderPlan;
const [inbound, outbound] = conversation(60);
const frames = 50 * plan.seconds;
/** A call is somewhere in the conversation, so that not all turn at once. */
const cut = (of: string[], from: number): string[] =>
  Array.from({ length: frames }, (_, i) => of[(from + i) % of.length]!);

const before = process.cpuUsage();
const began = performance.now();
let latestMs = 0;
const outcomes = await Promise.allSettled(
  Array.from({ length: plan.calls }, async (_, call) => {
    // They begin within 15 s, not all at one moment.
    await new Promise((resolve) => setTimeout(resolve, (15_000 * call) / plan.calls));
    const from = (call * 137) % inbound.length;
    const started = performance.now();
    const outcome = await simulateCall({
      ...{ voiceUrl: `${plan.url}/twilio/voice`, statusUrl: `${plan.url}/twilio/status` },
      ...{
        accountSid: plan.accountSid,
        authToken: plan.authToken,
        from: `+1555${1_000_000 + call}`,
        to: '+15559990000',
      },
      sound: { inbound: cut(inbound, from), outbound: cut(outbound, from) },
    });
    latestMs = Math.max(latestMs, performance.now() - started - 1_000 * plan.seconds);
    return outcome;
  }),
);
const { user, system } = process.cpuUsage(before);
const good = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' && outcome.value.closeCode === 1000 ? [outcome.value] : [])); // prettier-ignore
const faults = outcomes.map((outcome) => outcome.status === 'rejected' ? (outcome.reason as Error).message : `closed: ${outcome.value.closeCode}`); // prettier-ignore
const report: SenderReport = {
  faults: [...new Set(faults)].filter((fault) => fault !== 'closed: 1000').slice(0, 5),
  frames: good.reduce((sum, outcome) => sum + outcome.frames, 0),
  failed: plan.calls - good.length,
  cores: threeDigits((user + system) / 1_000 / (performance.now() - began)),
  latestMs: Math.round(latestMs),
};
process.stdout.write(JSON.stringify(report), () => process.exit(0));
