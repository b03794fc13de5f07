import { textOption, type CallSide, type PluginCommand } from 'undertone';
import { requireSteps, settingsOf } from '../settings.ts';
import { answerCall, continueCall } from '../twiml.ts';

/** `undertone twilio twiml`. */
export const twimlCommand: PluginCommand = {
  name: 'twiml',
  description: 'Print what a call would be answered whose caller may be heard.',
  options: [{ flags: '--public-url <url>', description: 'where Twilio reaches the host (default: as configured)' }],
  examples: ['undertone twilio twiml', 'undertone twilio twiml --public-url https://calls.example.org'],
  run(call) {
    const settings = settingsOf(call.config);
    requireSteps(settings);
    const { agent, consent, stream } = settings;
    const origin = textOption(call, 'publicUrl') ?? settings.publicUrl ?? 'https://calls.example.org';
    const hearsAgent = agent.hear && stream.direction === 'one-way';
    const sides: CallSide[] = hearsAgent ? ['inbound', 'outbound'] : ['inbound'];
    const answered = { base: `${origin.replace(/\/+$/, '')}/twilio`, query: '', sides, parameters: { line: '+1...' } };
    const asks = consent.ask !== 'nothing';
    const first = answerCall(settings, { ...answered, asks });
    const then = asks ? continueCall(settings, { ...answered, asks: false }) : undefined;
    if (call.json) call.print(JSON.stringify({ voice: first, ...(then && { consent: then }) }));
    else for (const twiml of [first, ...(then ? [then] : [])]) call.print(indented(twiml));
    return 0;
  },
};

/** One element a line. */
function indented(xml: string): string {
  let depth = 0;
  return xml
    .replace(/></g, '>\n<')
    .split('\n')
    .map((line) => {
      if (line.startsWith('</')) depth--;
      const text = '  '.repeat(Math.max(0, depth)) + line;
      if (/^<[^/?!][^>]*[^/]>$/.test(line)) depth++;
      return text;
    })
    .join('\n');
}
