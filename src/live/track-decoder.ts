import {
  createOpusPacketDecoder,
  createResamplerFactory,
  decodeAlaw,
  decodeMulaw,
  opusPacketDuration,
  reusedSamples,
  type OpusRateHz,
  type Resampler,
  type AllocateSamples,
} from '../audio/index.ts';
import { UndertoneError } from '../errors.ts';
import { clockHz, type TrackFormat } from './packets.ts';

/**
 * Turns one track's packets into mono samples at the model's rate. Samples are valid until the next ones are asked of any
 * decoder that was made together with it.
 */
export interface TrackDecoder {
  /** How much later than it was spoken sound comes out of it, in ticks. */
  readonly delay: number;
  /** Ticks of the format's clock that a packet lasts, by its header or length; 0 where it cannot be told. */
  duration(payload: Uint8Array): number;
  /** @throws UndertoneError AUDIO_DAMAGED; the decoder then is as it was */
  decode(payload: Uint8Array): Float32Array;
  /** Stands in for a packet that is missing: a guess of its sound from what came before, fading when repeated. */
  conceal(ticks: number): Float32Array;
  /** What is still under way in it, before a gap that is not concealed. */
  drain(): Float32Array;
  /** Gives its memory back. */
  free(): void;
}

/** The look-ahead of the usual encoder, libopus, in samples at 48 kHz; files say it as their pre-skip. */
const OPUS_DELAY = 312;
const SILENCE = new Float32Array(0);
/** How much softer each repetition of the last packet is. */
const REPEAT_GAIN = 0.5;

/** Makes the decoders of one format, which share the tables of its resampler. */
export function trackDecoders(format: TrackFormat, sampleRateHz: number): () => TrackDecoder {
  if (format.codec === 'opus') {
    const resamplers = createResamplerFactory(opusRate(sampleRateHz), sampleRateHz);
    const [decoded, resampled] = [reusedSamples(), reusedSamples()];
    return () => opusDecoder(opusRate(sampleRateHz), resamplers(), decoded, resampled);
  }
  const resamplers = createResamplerFactory(clockHz(format), sampleRateHz);
  const allocate = reusedSamples();
  return () => pcmDecoder(format, resamplers(), allocate);
}

/** Opus resamples by itself, at no cost, where the model's rate is one of its own. */
function opusRate(sampleRateHz: number): OpusRateHz {
  return sampleRateHz === 8_000 || sampleRateHz === 16_000 || sampleRateHz === 24_000 ? sampleRateHz : 48_000;
}

function opusDecoder(
  rateHz: OpusRateHz,
  resampler: Resampler,
  decoded: AllocateSamples,
  resampled: AllocateSamples,
): TrackDecoder {
  const decoder = createOpusPacketDecoder({ sampleRateHz: rateHz });
  const through = (samples: Float32Array): Float32Array =>
    resampler.fromHz === resampler.toHz ? samples : resampler.process(samples, resampled);
  return {
    delay: OPUS_DELAY,
    duration: opusPacketDuration,
    decode: (payload) => through(decoder.decode(payload, decoded)),
    conceal: (ticks) => {
      const count = Math.round((ticks * rateHz) / 48_000);
      const samples = new Float32Array(count);
      for (let filled = 0; filled < count;) {
        const guess = decoder.conceal();
        if (guess.length === 0) break;
        samples.set(guess.subarray(0, count - filled), filled);
        filled += guess.length;
      }
      return through(samples);
    },
    drain: () => (resampler.fromHz === resampler.toHz ? SILENCE : resampler.flush()),
    free: () => {
      decoder.free();
    },
  };
}

function pcmDecoder(
  format: Exclude<TrackFormat, { codec: 'opus' }>,
  resampler: Resampler,
  allocate: AllocateSamples,
): TrackDecoder {
  const read = format.codec === 'l16' ? l16Reader(format) : format.codec === 'mulaw' ? decodeMulaw : decodeAlaw;
  const frameBytes = format.codec === 'l16' ? 2 * (format.channels ?? 1) : 1;
  let last: Float32Array = SILENCE;
  let gain = 1;
  return {
    delay: 0,
    duration: (payload) => Math.floor(payload.length / frameBytes),
    decode: (payload) => {
      if (payload.length === 0 || payload.length % frameBytes !== 0) throw damaged(payload.length, frameBytes);
      const length = payload.length / frameBytes;
      if (last.length !== length) last = new Float32Array(length);
      read(payload, last);
      gain = 1;
      return resampler.process(last, allocate);
    },
    conceal: (ticks) => {
      const samples = new Float32Array(ticks);
      for (let i = 0; i < ticks; i++) {
        if (last.length === 0) break;
        if (i % last.length === 0) gain *= REPEAT_GAIN;
        samples[i] = last[i % last.length]! * gain;
      }
      return resampler.process(samples, allocate);
    },
    drain: () => resampler.flush(),
    free: () => {
      last = SILENCE;
    },
  };
}

function l16Reader({ channels = 1, littleEndian = true }: Extract<TrackFormat, { codec: 'l16' }>) {
  return (payload: Uint8Array, samples: Float32Array): void => {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const scale = 1 / (32_768 * channels);
    for (let i = 0, at = 0; i < samples.length; i++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++, at += 2) sum += view.getInt16(at, littleEndian);
      samples[i] = sum * scale;
    }
  };
}

function damaged(bytes: number, frameBytes: number): UndertoneError {
  return new UndertoneError('AUDIO_DAMAGED', {
    subject: 'packet',
    problem: `has ${bytes} bytes, which is no number of whole samples of ${frameBytes} bytes`,
    remedy: 'Drop it; the packets after it decode as before.',
  });
}
