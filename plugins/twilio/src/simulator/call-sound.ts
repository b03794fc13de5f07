import { encodeMulaw, openAudio, UndertoneError, type CallSide } from 'undertone';

const RATE_HZ = 8_000;
const FRAME_BYTES = 160;
/** Of one frame. */
export const FRAME_MS = 20;
/** Silence in mu-law. */
const SILENCE = 0xff;

/** The sound of a call's sides as Twilio sends it: frames of 20 ms of mu-law, in base64. */
export type CallSound = Readonly<Partial<Record<CallSide, readonly string[]>>>;

/**
 * Reads a recording as the sound of a call: its first channel is the customer, its second, where it has one, the agent.
 * @throws UndertoneError every AUDIO_ code
 */
export async function readCallSound(file: string): Promise<CallSound> {
  const first = await channelOf(file, 0);
  try {
    return { inbound: first, outbound: await channelOf(file, 1) };
  } catch (cause) {
    if (cause instanceof UndertoneError && cause.code === 'AUDIO_NO_SUCH_CHANNEL') return { inbound: first };
    throw cause;
  }
}

async function channelOf(file: string, channel: number): Promise<string[]> {
  const stream = await openAudio(file, { sampleRateHz: RATE_HZ, channel });
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(encodeMulaw(chunk));
  return framesOf(Buffer.concat(chunks));
}

/** Mu-law in frames; the last is filled with silence. */
export function framesOf(mulaw: Uint8Array): string[] {
  return Array.from({ length: Math.ceil(mulaw.length / FRAME_BYTES) }, (_, frame) => {
    const bytes = Buffer.alloc(FRAME_BYTES, SILENCE);
    bytes.set(mulaw.subarray(frame * FRAME_BYTES, (frame + 1) * FRAME_BYTES));
    return bytes.toString('base64');
  });
}
