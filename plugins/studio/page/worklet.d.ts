// What there is in an AudioWorklet (https://www.w3.org/TR/webaudio/#AudioWorkletGlobalScope); TypeScript's DOM lacks it.
declare const sampleRate: number;

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
