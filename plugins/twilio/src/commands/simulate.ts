import {
  numberOption,
  requiredOption,
  textOption,
  wrongUse,
  type PluginCommand,
  type PluginCommandCall,
} from 'undertone';
import { credentialsOf } from '../settings.ts';
import { FRAME_MS, readCallSound } from '../simulator/call-sound.ts';
import { newSid, simulateCall, type CallOutcome, type CallPlan } from '../simulator/simulated-call.ts';

/** Calls of a crowd begin within this time, not all at one moment. */
const SPREAD_MS = 1_000;

/** `undertone twilio simulate`. */
export const simulateCommand: PluginCommand = {
  name: 'simulate',
  description: 'Play a recording at a host as Twilio would: webhook, stream, status. One call, or hundreds.',
  arguments: [{ usage: '<recording>', description: 'its first channel is the customer, its second the agent' }],
  options: [
    { flags: '--url <url>', description: "the host's stream: wss://calls.example.org/twilio/stream" },
    { flags: '--calls <n>', description: 'so many calls at once (default 1)' },
    { flags: '--speed <factor>', description: 'so many times as fast as it was spoken (default 1)' },
    { flags: '--from <number>', description: 'who calls (default +15550001111)' },
    { flags: '--to <number>', description: 'which number is called (default +15559990000)' },
    { flags: '--digits <key>', description: 'what is pressed where the host asks for a key' },
    { flags: '--stream-only', description: 'no webhook: the stream alone, for hosts that accept others' },
  ],
  examples: [
    'undertone twilio simulate call.wav --url wss://calls.example.org/twilio/stream',
    'undertone twilio simulate call.wav --url ws://127.0.0.1:8470/twilio/stream --calls 300',
  ],
  async run(call) {
    const plan = await planOf(call);
    const count = numberOption(call, 'calls', { otherwise: 1, least: 1, most: 2_000 });
    const began = performance.now();
    const results = await Promise.allSettled(Array.from({ length: count }, (_, index) => oneOf(plan, index, count)));
    report(call, results, (performance.now() - began) / 1_000);
    return results.every(isGood) ? 0 : 1;
  },
};

async function planOf(call: PluginCommandCall): Promise<CallPlan> {
  const streamUrl = requiredOption(call, 'url');
  const parsed = URL.parse(streamUrl);
  if (!parsed || !['ws:', 'wss:'].includes(parsed.protocol) || !/\/stream\/?$/.test(parsed.pathname)) {
    throw wrongUse('--url', `is ${streamUrl}`, 'Say the address of the stream: wss://<host>/twilio/stream.');
  }
  const base = streamUrl.replace(/^ws/, 'http').replace(/\/stream\/?$/, '');
  const { accountSid = `AC${'0'.repeat(32)}`, authToken } = credentialsOf(call.config);
  const digits = textOption(call, 'digits');
  return {
    ...{ accountSid, authToken, sound: await readCallSound(call.arguments[0]!) },
    ...(call.options.streamOnly === true ? { streamUrl } : { voiceUrl: `${base}/voice`, statusUrl: `${base}/status` }),
    ...{ from: textOption(call, 'from') ?? '+15550001111', to: textOption(call, 'to') ?? '+15559990000' },
    speed: numberOption(call, 'speed', { otherwise: 1, least: 0.1, most: 1_000 }),
    ...(digits !== undefined && { digits }),
  };
}

/** One call of a crowd: somebody else calls, a little later. */
async function oneOf(plan: CallPlan, index: number, count: number): Promise<CallOutcome> {
  await new Promise((resolve) => setTimeout(resolve, (SPREAD_MS * index) / count));
  const from = index === 0 ? plan.from : plan.from.replace(/\d+$/, (digits) => `${BigInt(digits) + BigInt(index)}`);
  return await simulateCall({ ...plan, from, callSid: newSid('CA') });
}

const isGood = (result: PromiseSettledResult<CallOutcome>): boolean =>
  result.status === 'fulfilled' && (result.value.closeCode === undefined || result.value.closeCode === 1000);

function report(call: PluginCommandCall, results: readonly PromiseSettledResult<CallOutcome>[], seconds: number): void {
  const outcomes = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const faults = results.flatMap((result) => (result.status === 'rejected' ? [(result.reason as Error).message] : []));
  const frames = outcomes.reduce((sum, outcome) => sum + outcome.frames, 0);
  const streamed = outcomes.filter(({ closeCode }) => closeCode !== undefined);
  const refused = streamed.filter(({ closeCode }) => closeCode !== 1000).length;
  if (call.json) {
    call.print(JSON.stringify({ calls: results.length, streamed: streamed.length, refused, frames, seconds, faults, outcomes })); // prettier-ignore
    return;
  }
  const [first] = outcomes;
  if (first) call.print(`The host answered: ${first.verbs.join(', ') || 'nothing'}; it hears: ${first.sides.join(' and ') || 'nobody'}.`); // prettier-ignore
  call.print(`${results.length} calls, ${streamed.length} streamed, ${refused} closed by the host, ${frames} frames of ${FRAME_MS} ms in ${seconds.toFixed(1)} s.`); // prettier-ignore
  for (const fault of new Set(faults)) call.print(`failed: ${fault}`);
}
