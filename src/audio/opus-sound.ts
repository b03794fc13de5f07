import { damaged, unsupportedCodec } from './audio-errors.ts';
import type { PlanarChunk } from './container.ts';
import { createOpusPacketDecoder, OPUS_RATES_HZ, type OpusPacketDecoder, type OpusRateHz } from './opus-packets.ts';

/** The clock of every Opus stream, whatever it was recorded at (RFC 7845 section 4). */
export const OPUS_CLOCK_HZ = 48_000;

/** The rate to decode at: what is wanted where Opus can deliver it, its full rate otherwise. */
export function opusRate(wantedRateHz: number | 'native'): OpusRateHz {
  return OPUS_RATES_HZ.find((rate) => rate === wantedRateHz) ?? OPUS_CLOCK_HZ;
}

/** An Opus stream's identification header (RFC 7845 section 5.1). */
export interface OpusHead {
  readonly channels: 1 | 2;
  /** Samples at 48 kHz to drop from the beginning. */
  readonly preSkip: number;
  /** The factor that the header asks to be applied to every sample. */
  readonly gain: number;
}

/**
 * Reads an identification header.
 *
 * @throws UndertoneError AUDIO_DAMAGED, AUDIO_UNSUPPORTED_CODEC (more than two channels)
 */
export function parseOpusHead(head: Uint8Array, name: string): OpusHead {
  if (head.length < 19) throw damaged(name, 'ends inside its header');
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const channels = view.getUint8(9);
  if (channels !== 1 && channels !== 2) {
    throw unsupportedCodec(name, `holds Opus with ${channels} channels, of which no more than 2 can be decoded`);
  }
  return { channels, preSkip: view.getUint16(10, true), gain: 10 ** (view.getInt16(16, true) / (20 * 256)) };
}

/** Decodes Opus packets and gathers their sound until it is taken. */
export class OpusSound {
  readonly #decoder: OpusPacketDecoder;
  readonly #gain: number;
  #channels: Float32Array[];
  #skip: number;
  #filled = 0;

  constructor({ preSkip, gain }: OpusHead, channels: 1 | 2, sampleRateHz: OpusRateHz) {
    this.#decoder = createOpusPacketDecoder({ sampleRateHz, channels });
    this.#gain = gain;
    this.#skip = Math.round((preSkip * sampleRateHz) / OPUS_CLOCK_HZ);
    this.#channels = Array.from({ length: channels }, () => new Float32Array(sampleRateHz));
  }

  /** Samples gathered, per channel. */
  get length(): number {
    return this.#filled;
  }

  /**
   * Decodes one packet.
   *
   * @returns the samples per channel that it held, those of the pre-skip too
   * @throws UndertoneError AUDIO_DAMAGED for a packet that is none
   */
  push(packet: Uint8Array): number {
    const samples = this.#decoder.decode(packet);
    const frames = samples.length / this.#channels.length;
    const skipped = Math.min(this.#skip, frames);
    this.#skip -= skipped;
    this.#reserve(this.#filled + frames - skipped);
    const count = this.#channels.length;
    for (let c = 0; c < count; c++) {
      const channel = this.#channels[c]!;
      for (let i = skipped, out = this.#filled; i < frames; i++) channel[out++] = samples[i * count + c]! * this.#gain;
    }
    this.#filled += frames - skipped;
    return frames;
  }

  /** Drops up to `count` samples from the end of what is gathered. */
  trimEnd(count: number): void {
    this.#filled -= Math.max(0, Math.min(count, this.#filled));
  }

  /** What is gathered, valid until the next `push`. */
  take(): PlanarChunk {
    const chunk = this.#channels.map((channel) => channel.subarray(0, this.#filled));
    this.#filled = 0;
    return chunk;
  }

  /** Gives the decoder's memory back; use it no more after. */
  free(): void {
    this.#decoder.free();
  }

  #reserve(length: number): void {
    if (length <= this.#channels[0]!.length) return;
    this.#channels = this.#channels.map((channel) => {
      const longer = new Float32Array(length * 2);
      longer.set(channel.subarray(0, this.#filled));
      return longer;
    });
  }
}
