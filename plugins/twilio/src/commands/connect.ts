import { requiredOption, textOption, UndertoneError, wrongUse, type PluginCommand } from 'undertone';
import { restClient, type RestClient } from '../rest-client.ts';
import { credentialsOf, settingsOf, wrong } from '../settings.ts';

type PhoneNumber = Awaited<ReturnType<RestClient['incomingPhoneNumbers']['list']>>[number];

const WEBHOOKS = ['voiceUrl', 'voiceMethod', 'voiceApplicationSid', 'statusCallback', 'statusCallbackMethod'] as const;

/** `undertone twilio connect`. */
export const connectCommand: PluginCommand = {
  name: 'connect',
  description: "Point a number's webhooks at a host, through Twilio's API.",
  options: [
    { flags: '--number <number>', description: 'a number of yours, as +15550001111' },
    { flags: '--public-url <url>', description: 'where Twilio reaches the host (default: as configured)' },
    { flags: '--dry-run', description: 'show what would change, and change nothing' },
  ],
  examples: [
    'undertone twilio connect --number +15550001111 --public-url https://calls.example.org --dry-run',
    'undertone twilio connect --number +15550001111 --public-url https://calls.example.org',
  ],
  async run(call) {
    const settings = settingsOf(call.config);
    const client = restClient(credentialsOf(call.config), settings);
    if (!client) throw wrong('accountSid', 'is not set', 'Set TWILIO_ACCOUNT_SID, and TWILIO_AUTH_TOKEN or TWILIO_API_KEY with TWILIO_API_SECRET.'); // prettier-ignore
    const phoneNumber = requiredOption(call, 'number');
    const publicUrl = (textOption(call, 'publicUrl') ?? settings.publicUrl)?.replace(/\/+$/, '');
    if (publicUrl === undefined) throw wrongUse('--public-url', 'is missing', 'Say where Twilio reaches the host.');
    if (!/^https:\/\/[^/?#]+/.test(publicUrl)) throw wrongUse('--public-url', `is ${publicUrl}, which is no https address`, 'Twilio streams over TLS alone.'); // prettier-ignore
    const number = await numberOf(client, phoneNumber);
    const wanted = {
      ...{ voiceUrl: `${publicUrl}/twilio/voice`, voiceMethod: 'POST' },
      // A TwiML application would come before the address.
      ...{ voiceApplicationSid: '', statusCallback: `${publicUrl}/twilio/status`, statusCallbackMethod: 'POST' },
    };
    const changes = WEBHOOKS.flatMap((name) => {
      const before = (number[name] as string | null) ?? '';
      return before === wanted[name] ? [] : [{ setting: name, before, after: wanted[name] }];
    });
    const isDry = call.options.dryRun === true;
    if (!isDry && changes.length > 0) await asked(() => client.incomingPhoneNumbers(number.sid).update(wanted));
    if (call.json)
      call.print(JSON.stringify({ number: phoneNumber, sid: number.sid, changes, changed: !isDry && changes.length > 0 })); // prettier-ignore
    else {
      for (const { setting, before, after } of changes) call.print(`${setting}: ${quoted(before)} -> ${quoted(after)}`);
      if (changes.length === 0) call.print(`${phoneNumber} calls this host already.`);
      else call.print(isDry ? 'Nothing was changed: this was a dry run.' : `${phoneNumber} calls this host now.`);
    }
    return 0;
  },
};

const quoted = (value: string): string => (value === '' ? '(none)' : value);

async function numberOf(client: RestClient, phoneNumber: string): Promise<PhoneNumber> {
  const [number] = await asked(() => client.incomingPhoneNumbers.list({ phoneNumber, limit: 1 }));
  if (number) return number;
  throw wrongUse(phoneNumber, 'is no number of this account', 'Write it as Twilio lists it: + and digits alone.');
}

/** What Twilio refuses, as an error for people. */
async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    const { status, message } = cause as { readonly status?: number; readonly message?: string };
    throw new UndertoneError('PLUGIN_FAILED', {
      subject: 'Twilio',
      problem: `answers ${status ?? 'nothing'} (${message ?? 'no reason'})`,
      remedy: 'See whether TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are of this account.',
      cause,
    });
  }
}
