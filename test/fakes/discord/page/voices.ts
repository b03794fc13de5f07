import { decodeAudio } from '../../../../src/audio/index.ts';
import { buzz } from '../../../helpers/signals.ts';

const RATE = 48_000;
const SECONDS = 5;

/** Something like a voice; members have different pitches. */
export const syntheticVoice = (member: number): Float32Array =>
  buzz(SECONDS, RATE, { pitchHz: 110 + 35 * (member % 6) });

/** A recording of any format that the engine decodes, as members speak it. */
export async function recordedVoice(bytes: Uint8Array): Promise<Float32Array> {
  const { samples } = await decodeAudio(bytes, { sampleRateHz: RATE });
  return samples;
}
