import { randomBytes } from 'node:crypto';
import twilio from 'twilio';
import { UndertoneError, type CallSide } from 'undertone';
import type { CallSound } from './call-sound.ts';
import { StreamSender } from './stream-sender.ts';
import { readTwiml, type TwimlElement } from './twiml-reader.ts';

/** A call as Twilio would make it. */
export interface CallPlan {
  /** The number's voice webhook; undefined: no webhook is asked, and the stream goes to `streamUrl`. */
  readonly voiceUrl?: string;
  readonly streamUrl?: string;
  /** The number's status webhook; called when the call is over. */
  readonly statusUrl?: string;
  readonly accountSid: string;
  readonly authToken: string | undefined;
  readonly from: string;
  readonly to: string;
  readonly sound: CallSound;
  /** What is pressed where the host asks for a key. */
  readonly digits?: string;
  readonly speed?: number;
  readonly signal?: AbortSignal;
  readonly callSid?: string;
}

/** What became of it. */
export interface CallOutcome {
  readonly callSid: string;
  /** The verbs that were taken, in order: `Say`, `Start.Stream`. */
  readonly verbs: readonly string[];
  readonly sides: readonly CallSide[];
  readonly frames: number;
  /** Of the socket, where there was one: 1000 is good. */
  readonly closeCode: number | undefined;
  /** Where a recording of the call is wanted. */
  readonly recordingUrl: string | undefined;
}

export const newSid = (prefix: string): string => prefix + randomBytes(16).toString('hex');

/** After these, the call is in other hands until it ends. */
const LASTING = ['Dial', 'Enqueue', 'Pause', 'Redirect', 'Hangup'];

/**
 * Makes a call: asks the voice webhook, does what its TwiML says (notices take no time), plays the sound into the stream,
 * and says when it is over.
 * @throws UndertoneError PLUGIN_FAILED where the host does not answer, or not with TwiML
 */
export async function simulateCall(plan: CallPlan): Promise<CallOutcome> {
  const call = new SimulatedCall(plan);
  return await call.run();
}

class SimulatedCall {
  readonly #plan: CallPlan;
  readonly #callSid: string;
  readonly #verbs: string[] = [];
  #stream: TwimlElement | undefined;
  #recordingUrl: string | undefined;

  constructor(plan: CallPlan) {
    this.#plan = plan;
    this.#callSid = plan.callSid ?? newSid('CA');
  }

  async run(): Promise<CallOutcome> {
    const { voiceUrl, streamUrl, statusUrl } = this.#plan;
    if (voiceUrl !== undefined) await this.#take(await this.#post(voiceUrl, { CallStatus: 'ringing' }));
    else this.#stream = { name: 'Stream', attributes: { url: streamUrl!, track: 'both_tracks' }, children: [] };
    const played = this.#stream ? await this.#play(this.#stream) : { sides: [], frames: 0, closeCode: undefined };
    if (statusUrl !== undefined) await this.#post(statusUrl, { CallStatus: 'completed' });
    return { callSid: this.#callSid, verbs: this.#verbs, recordingUrl: this.#recordingUrl, ...played };
  }

  /** Takes verbs until one lasts, or another document goes on. */
  async #take(twiml: string): Promise<void> {
    for (const verb of readTwiml(twiml)) {
      const [noun] = verb.children;
      const isNoun = verb.name === 'Start' || verb.name === 'Connect';
      this.#verbs.push(isNoun && noun ? `${verb.name}.${noun.name}` : verb.name);
      if (isNoun && noun?.name === 'Stream') this.#stream = noun;
      if (isNoun && noun?.name === 'Recording') this.#recordingUrl = noun.attributes.recordingStatusCallback;
      if (verb.name === 'Gather') {
        const { digits } = this.#plan;
        if (digits === undefined && verb.attributes.actionOnEmptyResult !== 'true') continue;
        await this.#take(await this.#post(verb.attributes.action!, { Digits: digits ?? '' }));
        return;
      }
      if (LASTING.includes(verb.name)) return;
    }
  }

  async #play({ attributes, children }: TwimlElement): Promise<Pick<CallOutcome, 'sides' | 'frames' | 'closeCode'>> {
    const { accountSid, authToken, sound, speed, signal } = this.#plan;
    const sides = sidesOf(attributes.track, sound);
    const streamSid = newSid('MZ');
    const sender = await StreamSender.connect({
      ...{ url: attributes.url!, accountSid, callSid: this.#callSid, streamSid, sides, authToken },
      parameters: Object.fromEntries(children.map(({ attributes: { name, value } }) => [name!, value!])),
    }).catch((cause: unknown) => {
      throw notReached(attributes.url!, cause);
    });
    await this.#streamStatus(attributes, streamSid, 'stream-started');
    const frames = await sender.play(sound, { ...(speed && { speed }), ...(signal && { signal }) });
    const closeCode = sender.isOpen ? await sender.stop() : await sender.closed;
    await this.#streamStatus(attributes, streamSid, 'stream-stopped');
    return { sides, frames, closeCode };
  }

  async #streamStatus({ statusCallback }: TwimlElement['attributes'], streamSid: string, event: string): Promise<void> {
    if (statusCallback) await this.#post(statusCallback, { StreamSid: streamSid, StreamEvent: event });
  }

  /** Posts a webhook with Twilio's own fields and signature. */
  async #post(url: string, fields: Readonly<Record<string, string>>): Promise<string> {
    const { accountSid, authToken, from, to } = this.#plan;
    const base = { CallSid: this.#callSid, AccountSid: accountSid, From: from, To: to, Direction: 'inbound', ApiVersion: '2010-04-01' }; // prettier-ignore
    return await postWebhook(url, { CallStatus: 'in-progress', ...base, ...fields }, authToken);
  }
}

/**
 * Posts a form as Twilio does.
 * @throws UndertoneError PLUGIN_FAILED where the answer is no good one
 */
export async function postWebhook(
  url: string,
  form: Readonly<Record<string, string>>,
  authToken: string | undefined,
): Promise<string> {
  const signature = authToken === undefined ? {} : { 'x-twilio-signature': twilio.getExpectedTwilioSignature(authToken, url, form) }; // prettier-ignore
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form), headers: signature }).catch(
    (cause: unknown) => {
      throw notReached(url, cause);
    },
  );
  const text = await response.text();
  if (response.ok) return text;
  throw notReached(url, new Error(`it answers ${response.status}`));
}

function sidesOf(track: string | undefined, sound: CallSound): CallSide[] {
  const wanted: CallSide[] = track === 'both_tracks' ? ['inbound', 'outbound'] : [track === 'outbound_track' ? 'outbound' : 'inbound']; // prettier-ignore
  return wanted.filter((side) => side === 'inbound' || sound.outbound !== undefined);
}

function notReached(url: string, cause: unknown): UndertoneError {
  const reason = cause instanceof Error ? cause.message || cause.name : 'for no known reason';
  return new UndertoneError('PLUGIN_FAILED', {
    subject: url,
    problem: `does not take the call (${reason})`,
    remedy:
      'See whether the host runs, its publicUrl is this address, and TWILIO_AUTH_TOKEN is the same here and there.',
    cause,
  });
}
