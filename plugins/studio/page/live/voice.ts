import { signal } from '@preact/signals';
import type { EmotionPrediction, LiveEvent } from 'undertone';
import { HeldSound } from './held-sound.ts';
import { MelSpectrogram } from './mel-spectrogram.ts';

/** A stretch of speech and how it sounded; times are milliseconds of the page's own sound. */
export interface Segment extends EmotionPrediction {
  readonly startMs: number;
  readonly endMs: number;
}

/** Sound that never came to the engine. */
export interface Gap {
  readonly startMs: number;
  readonly endMs: number;
  readonly reason: string;
}

/** One speaker of a session: the sound that went out, and what came back about it. */
export class Voice {
  readonly id: string;
  readonly name: string;
  readonly sound: HeldSound;
  readonly spectrogram: MelSpectrogram;
  /** What is complete, in order of time. */
  readonly segments = signal<readonly Segment[]>([]);
  /** The speech under way, as it sounds so far. */
  readonly underWay = signal<Segment | null>(null);
  /** How the voice sounds now, smoothed over its last seconds. */
  readonly current = signal<EmotionPrediction | null>(null);
  readonly gaps = signal<readonly Gap[]>([]);
  /** The loudest sample of the last packet, 0..1. */
  readonly peak = signal(0);
  /** Where the page's sound begins in the session. */
  #beganAtMs = 0;
  #speechStartMs = 0;

  constructor(id: string, name: string, rateHz: number) {
    this.id = id;
    this.name = name;
    this.sound = new HeldSound(rateHz);
    this.spectrogram = new MelSpectrogram(rateHz);
  }

  /** Takes sound on its way to the engine. */
  hear(samples: Int16Array): void {
    this.sound.push(samples);
    this.spectrogram.push(samples);
    let peak = 0;
    for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
    this.peak.value = peak / 32_768;
  }

  began(atMs: number): void {
    this.#beganAtMs = atMs;
  }

  /** Takes what the engine says of this voice. */
  take(event: LiveEvent): void {
    if (event.type === 'speechStart') this.#speechStartMs = event.startMs - this.#beganAtMs;
    // Of what is no speech nothing stays: windows of it may have been taken for speech.
    if (event.type === 'notSpeech') this.current.value = null;
    if (event.type === 'speechEnd') this.#endUnderWay(event.endMs - this.#beganAtMs);
    if (event.type !== 'emotion' && event.type !== 'gap') return;
    const startMs = event.startMs - this.#beganAtMs;
    const endMs = event.endMs - this.#beganAtMs;
    if (event.type === 'gap') {
      this.gaps.value = [...this.gaps.value, { startMs, endMs, reason: event.reason }];
      return;
    }
    this.current.value = event.smoothed;
    if (event.of === 'window') {
      this.underWay.value = { ...event.smoothed, startMs: this.#speechStartMs, endMs };
      return;
    }
    const { label, confidence, uncertain, scores } = event;
    this.segments.value = [...this.segments.value, { startMs, endMs, label, confidence, uncertain, scores }];
    this.#endUnderWay(endMs);
  }

  #endUnderWay(endMs: number): void {
    if ((this.underWay.value?.startMs ?? 0) < endMs) this.underWay.value = null;
  }

  /** Nothing more comes. */
  end(): void {
    this.underWay.value = null;
    this.peak.value = 0;
  }
}
