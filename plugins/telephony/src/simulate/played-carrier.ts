import { setTimeout as sleep } from 'node:timers/promises';
import { encodeL16, encodeMulaw, resample } from 'undertone';

/** A call that a carrier is played for. */
export interface PlayedCall {
  readonly callId: string;
  readonly customer: string;
  readonly line: string;
}

/** 20 ms of sound, at the carrier's rate; of the agent only where there is one. */
export interface PlayedSound {
  readonly customer: Float32Array;
  readonly agent?: Float32Array;
}

/** Plays a carrier: does what it does on the wire, against a server that listens. */
export interface PlayedCarrier {
  /** Samples a second of the sound that it sends. */
  readonly rateHz: number;
  /** Brings the call in; resolves once its sound may be sent, or the server does not want it (`false`). */
  connect(): Promise<boolean>;
  send(sound: PlayedSound): void;
  press(digit: string): Promise<void>;
  /** Resolves once the server has let go. */
  hangUp(): Promise<void>;
}

export const PACKET_MS = 20;

export const encodeSound = (codec: 'mulaw' | 'l16', samples: Float32Array): Buffer =>
  Buffer.from(codec === 'mulaw' ? encodeMulaw(samples) : encodeL16(samples));

/**
 * Sends a recording in packets of 20 ms.
 * @param channels the customer's sound, and the agent's where there is one
 * @param speed 1: in real time; Infinity: at once
 */
export async function play(
  carrier: PlayedCarrier,
  channels: readonly Float32Array[],
  sampleRateHz: number,
  { speed = 1 }: { readonly speed?: number } = {},
): Promise<void> {
  const sides = channels.slice(0, 2).map((samples) => resample(samples, sampleRateHz, carrier.rateHz));
  const size = (carrier.rateHz * PACKET_MS) / 1_000;
  const packets = Math.floor((sides[0]?.length ?? 0) / size);
  const begun = performance.now();
  for (let packet = 0; packet < packets; packet++) {
    const wait = (packet * PACKET_MS) / speed - (performance.now() - begun);
    if (wait > 1) await sleep(wait);
    const [customer, agent] = sides.map((samples) => samples.subarray(packet * size, (packet + 1) * size));
    carrier.send({ customer: customer!, ...(agent?.length === size && { agent }) });
  }
}
