export { findRecordings } from './find-recordings.ts';
export * from './g711.ts';
export * from './l16.ts';
export { decodeAudio, openAudio } from './open-audio.ts';
export { encodeOpusPackets, type OpusEncoding } from './opus-encoding.ts';
export * from './opus-packets.ts';
export * from './resample.ts';
export { reusedSamples, type AllocateSamples } from './allocate-samples.ts';
export * from './types.ts';
