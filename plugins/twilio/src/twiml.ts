import twilio from 'twilio';
import type { CallSide } from 'undertone';
import type { Notice, Settings, Step } from './settings.ts';

type VoiceResponse = InstanceType<typeof twilio.twiml.VoiceResponse>;

/** What an answer to a call depends on besides the settings. */
export interface AnsweredCall {
  /** Where Twilio reaches the plugin: `https://calls.example.org/twilio`. */
  readonly base: string;
  /** Whose sound is asked for; empty: none, and nothing is told. */
  readonly sides: readonly CallSide[];
  /** Whether the caller is asked for a key first. */
  readonly asks: boolean;
  /** Of the webhook's own address, with its `?`; to be kept. */
  readonly query: string;
  /** What comes along with the stream. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What Twilio does with a call that comes in: a notice, or a question; then the stream; then what the owner wants. */
export function answerCall(settings: Settings, call: AnsweredCall): string {
  const response = new twilio.twiml.VoiceResponse();
  const { notice, consent } = settings;
  if (call.asks) {
    const { key, waitSeconds: timeout } = consent;
    const action = `${call.base}/consent${call.query}`;
    // Whoever presses nothing is asked for at the same place, without a key.
    const gather = response.gather({ numDigits: 1, timeout, action, method: 'POST', actionOnEmptyResult: true, finishOnKey: key === '#' ? '' : '#' }); // prettier-ignore
    if (notice) tell(gather, notice);
    return response.toString();
  }
  if (call.sides.length > 0 && notice) tell(response, notice);
  return continueCall(settings, call, response);
}

/** The same, after the notice and the question. */
export function continueCall(
  settings: Settings,
  call: AnsweredCall,
  response: VoiceResponse = new twilio.twiml.VoiceResponse(),
): string {
  if (call.sides.length > 0) listen(response, settings, call);
  for (const step of settings.then) take(response, step);
  return response.toString();
}

function listen(response: VoiceResponse, settings: Settings, { base, sides, parameters }: AnsweredCall): void {
  const { stream, recording } = settings;
  if (recording.ask) {
    response.start().recording({
      channels: 'dual',
      recordingStatusCallback: `${base}/recording`,
      recordingStatusCallbackEvent: ['completed'],
    });
  }
  const attributes = {
    name: 'undertone',
    url: `${base.replace(/^http/, 'ws')}/stream`,
    statusCallback: `${base}/status`,
    statusCallbackMethod: 'POST',
  } as const;
  const asked =
    stream.direction === 'two-way'
      ? response.connect().stream(attributes)
      : response.start().stream({ ...attributes, track: sides.length === 2 ? 'both_tracks' : `${sides[0]!}_track` });
  for (const [name, value] of Object.entries(parameters)) asked.parameter({ name, value });
}

function tell(response: Pick<VoiceResponse, 'say' | 'play'>, notice: NonNullable<Notice>): void {
  if ('say' in notice) say(response, notice);
  else if ('play' in notice) response.play(notice.play);
}

type Spoken = Extract<Step, { say: string }>;

function say(response: Pick<VoiceResponse, 'say'>, { say: words, language, voice }: Spoken): void {
  // The SDK knows Twilio's voices and languages by name; what it does not know, Twilio refuses.
  response.say(
    { ...(language && { language }), ...(voice && { voice }) } as Parameters<VoiceResponse['say']>[0],
    words,
  );
}

function take(response: VoiceResponse, step: Step): void {
  if ('redirect' in step) response.redirect({ method: 'POST' }, step.redirect);
  else if ('pause' in step) response.pause({ length: step.pause });
  else if ('say' in step) say(response, step);
  else if ('enqueue' in step) {
    const { name, ...attributes } = step.enqueue;
    response.enqueue(given(attributes), name);
  } else {
    const { number, client, sip, queue, conference, ...attributes } = step.dial;
    const dial = response.dial(given(attributes));
    if (number !== undefined) dial.number(number);
    if (client !== undefined) dial.client(client);
    if (sip !== undefined) dial.sip(sip);
    if (queue !== undefined) dial.queue(queue);
    if (conference !== undefined) dial.conference(conference);
  }
}

/** What there is under the names; names without anything are left out. */
function given<T extends object>(values: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
