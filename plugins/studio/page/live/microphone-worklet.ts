// Runs in the browser's audio thread: cuts what the microphone gives into packets of 20 ms.
import { PACKET_MS } from '../../src/protocol.ts';

class Microphone extends AudioWorkletProcessor {
  #packet = new Int16Array((sampleRate * PACKET_MS) / 1000);
  #filled = 0;

  process([input]: Float32Array[][]): boolean {
    const channel = input?.[0];
    if (!channel) return true;
    for (const sample of channel) {
      this.#packet[this.#filled++] = Math.max(-32_768, Math.min(32_767, Math.round(32_768 * sample)));
      if (this.#filled < this.#packet.length) continue;
      const { length } = this.#packet;
      this.port.postMessage(this.#packet, [this.#packet.buffer]);
      this.#packet = new Int16Array(length);
      this.#filled = 0;
    }
    return true;
  }
}

registerProcessor('microphone', Microphone);
