import { signal } from '@preact/signals';
import type { Voice } from './voice.ts';

/** What is played back, and where it is. */
export interface Playing {
  /** Of all voices where there are several. */
  readonly voices: readonly Voice[];
  readonly startMs: number;
  readonly endMs: number;
}

/** Plays back what the page holds. */
export class Player {
  readonly playing = signal<Playing | null>(null);
  readonly #context = new AudioContext();
  #sources: AudioBufferSourceNode[] = [];
  #startedAtS = 0;

  /** Where the playback is, in milliseconds of the page's sound; null: nothing plays. */
  get positionMs(): number | null {
    const playing = this.playing.value;
    return playing && playing.startMs + 1000 * (this.#context.currentTime - this.#startedAtS);
  }

  /** Plays a stretch of the voices together, as far as it is held. */
  play(voices: readonly Voice[], startMs: number, endMs: number): void {
    this.stop();
    const from = Math.max(startMs, ...voices.map(({ sound }) => sound.startMs));
    void this.#context.resume();
    this.#startedAtS = this.#context.currentTime;
    for (const { sound } of voices) {
      const samples = sound.slice(from, endMs);
      if (!samples) continue;
      const buffer = this.#context.createBuffer(1, samples.length, sound.rateHz);
      buffer.copyToChannel(samples, 0);
      const node = this.#context.createBufferSource();
      node.buffer = buffer;
      node.connect(this.#context.destination);
      node.onended = () => {
        if (this.#sources.includes(node)) this.stop();
      };
      node.start();
      this.#sources.push(node);
    }
    if (this.#sources.length > 0) this.playing.value = { voices, startMs: from, endMs };
  }

  stop(): void {
    const sources = this.#sources;
    this.#sources = [];
    for (const source of sources) source.stop();
    this.playing.value = null;
  }
}
