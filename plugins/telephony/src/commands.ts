import { wrongUse, type PluginCommand, type PluginCommandCall } from 'undertone';
import { CONSOLES } from './consoles.ts';
import { DIALECTS, missingSecrets, readSettings, variableOf, type Dialect, type Telephony } from './settings.ts';
import { simulate } from './simulate/simulate.ts';

/** A dialect as it stands in a configuration. */
interface Standing {
  readonly dialect: Dialect;
  readonly isServed: boolean;
  readonly addresses: readonly string[];
  readonly missing: readonly string[];
  readonly steps: readonly string[];
}

function standingOf(telephony: Telephony, dialect: Dialect): Standing {
  const { addresses, steps } = CONSOLES[dialect](telephony.publicUrl, telephony);
  return {
    dialect,
    isServed: telephony.dialects.includes(dialect),
    addresses,
    missing: missingSecrets(telephony, dialect).map(variableOf),
    steps,
  };
}

function listDialects(call: PluginCommandCall): undefined {
  const { config, json } = call;
  const [name] = call.arguments;
  const telephony = readSettings(config);
  const chosen = DIALECTS.filter((dialect) => name === undefined || dialect === name);
  if (chosen.length === 0) throw wrongUse(name ?? '', 'is no dialect', `Choose one of ${DIALECTS.join(', ')}.`);
  const standings = chosen.map((dialect) => standingOf(telephony, dialect));
  if (json) call.print(JSON.stringify(standings));
  else for (const standing of standings) for (const line of inWords(standing)) call.print(line);
}

const inWords = ({ dialect, isServed, addresses, missing, steps }: Standing): string[] => [
  `${dialect}${isServed ? '' : '  (not served: "plugins": { "telephony": { "' + dialect + '": {} } })'}`,
  ...addresses.map((address) => `  ${address}`),
  ...missing.map((variable) => `  ${variable} is not set`),
  ...steps.map((step, at) => `  ${at + 1}. ${step}`),
  '',
];

function checkUp(call: PluginCommandCall): number {
  const { config, json } = call;
  const telephony = readSettings(config);
  const { settings, dialects, secret } = telephony;
  const findings = dialects.flatMap((dialect) =>
    missingSecrets(telephony, dialect).map((name) => `${dialect}: ${variableOf(name)} is not set`),
  );
  if (dialects.length === 0) findings.push('no dialect is served');
  if (settings.publicUrl?.startsWith('http:')) findings.push('publicUrl is not https: carriers stream to wss alone');
  if (settings.webhook && secret('webhookSecret') === undefined)
    findings.push(`${variableOf('webhookSecret')} is not set`);
  if (settings.insecure) findings.push('insecure is on: not for real calls');
  if (json) call.print(JSON.stringify({ dialects, findings }));
  else for (const line of findings.length > 0 ? findings : [`ready: ${dialects.join(', ')}`]) call.print(line);
  return findings.length > 0 ? 1 : 0;
}

/** What the plugin adds to the command line. */
export const commands: readonly PluginCommand[] = [
  {
    name: 'dialects',
    description: 'Say which carriers can be served, at which addresses, and what to type into their consoles.',
    arguments: [{ usage: '[dialect]', description: 'only this one' }],
    examples: ['undertone telephony dialects', 'undertone telephony dialects plivo'],
    run: listDialects,
  },
  {
    name: 'doctor',
    description: 'Say what is missing before calls can be taken; exit code 1 where something is.',
    examples: ['undertone telephony doctor'],
    run: checkUp,
  },
  {
    name: 'simulate',
    description: 'Play a recording as a carrier would, and say what was heard of it.',
    arguments: [{ usage: '<recording>', description: 'what the customer says' }],
    options: [
      { flags: '--dialect <name>', description: `one of ${DIALECTS.join(', ')}` },
      { flags: '--agent <recording>', description: 'what the agent says; sent only where agents are heard' },
      { flags: '--url <url>', description: 'where the plugin is (http://127.0.0.1:8470/telephony)' },
      { flags: '--customer <number>', description: 'who calls (+15550001111)' },
      { flags: '--line <number>', description: 'the line that is called (+15559990000)' },
      { flags: '--key <digit>', description: 'a key that is pressed first' },
      { flags: '--speed <times>', description: 'faster than real time (1)' },
    ],
    examples: [
      'undertone telephony simulate call.wav --dialect plivo',
      'undertone telephony simulate call.wav --dialect audiosocket --key 1 --json',
    ],
    run: simulate,
  },
];
