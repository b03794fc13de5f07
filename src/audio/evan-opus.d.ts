// The package has types for its main entry alone; its WebAssembly build has these classes.
declare module '@evan/opus/wasm/index.mjs' {
  export class Decoder {
    constructor(options: { channels: 1 | 2; sample_rate: number });
    /** Interleaved 16-bit samples as bytes. */
    decode(packet: ArrayBufferView): Uint8Array;
    drop(): void;
  }

  export class Encoder {
    constructor(options: { channels: 1 | 2; sample_rate: number; application: 'voip' | 'audio' });
    /** Sets an option of opus_encoder_ctl. */
    ctl(request: number, value: number): number;
    /** Takes one frame of interleaved 16-bit samples. */
    encode(pcm: ArrayBufferView): Uint8Array;
    drop(): void;
  }
}
