import { Decoder } from '@evan/opus/wasm/index.mjs';
import type { HeardMedia } from '../api.ts';
import { isSilence } from './rtp.ts';

const RATE = 48_000;

/** Collects what the bot sends. */
export class HeardMediaLog implements HeardMedia {
  packets = 0;
  silenceFrames = 0;
  undecryptable = 0;
  readonly #opus: Buffer[] = [];

  /** The Opus packet in what came, as somebody in the call could decrypt it. */
  add(opus: Buffer | undefined): void {
    if (!opus) this.undecryptable++;
    else if (isSilence(opus)) this.silenceFrames++;
    else this.#opus.push(opus);
  }

  pcm(): Float32Array {
    const decoder = new Decoder({ sample_rate: RATE, channels: 1 });
    const parts = this.#opus.map((packet) => {
      const bytes = decoder.decode(packet);
      return Float32Array.from(new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2), (x) => x / 32_768);
    });
    decoder.drop();
    const sound = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
      sound.set(part, at);
      at += part.length;
    }
    return sound;
  }
}
