import { UndertoneError } from '../errors.ts';
import { hasSound, type OpenContext, type PlanarChunk, type Recording } from './container.ts';
import { openPacketSound, type PacketBatch, type PacketSound, type PacketTrack } from './packet-sound.ts';
import type { AudioContainer } from './types.ts';

/** How much shorter than announced a track may be: codecs keep back up to two frames. */
const TOLERANCE_SECONDS = 0.1;

/**
 * Makes a recording of a track's packets.
 *
 * @throws UndertoneError AUDIO_UNSUPPORTED_CODEC, AUDIO_DAMAGED
 */
export async function openPacketRecording(
  context: OpenContext,
  container: AudioContainer,
  track: PacketTrack,
  batches: AsyncGenerator<PacketBatch, void>,
): Promise<Recording> {
  const first = await batches.next();
  const opening = first.done === true ? { packets: [], discardSeconds: 0 } : first.value;
  const sound = await openPacketSound(context, track, opening.packets);
  const info = { container, codec: sound.codec, sampleRateHz: sound.ownRateHz, channels: sound.channels };
  return { info, sampleRateHz: sound.sampleRateHz, chunks: decode(context, sound, track, opening, batches) };
}

async function* decode(
  { warn }: OpenContext,
  sound: PacketSound,
  track: PacketTrack,
  opening: PacketBatch,
  batches: AsyncGenerator<PacketBatch, void>,
): AsyncGenerator<PlanarChunk, void> {
  const decoder = await sound.start();
  let frames = 0;
  try {
    let batch: PacketBatch | undefined = opening;
    while (batch !== undefined) {
      const chunk = await decoder.decode(batch.packets);
      const kept = (chunk[0]?.length ?? 0) - Math.max(0, Math.round(batch.discardSeconds * sound.sampleRateHz));
      const heard = batch.discardSeconds > 0 && kept >= 0 ? chunk.map((channel) => channel.subarray(0, kept)) : chunk;
      frames += heard[0]?.length ?? 0;
      if (hasSound(heard)) yield heard;
      const next: IteratorResult<PacketBatch, void> = await batches.next();
      batch = next.done === true ? undefined : next.value;
    }
    const seconds = frames / sound.sampleRateHz;
    if (seconds < (track.heard?.duration ?? 0) - TOLERANCE_SECONDS)
      warn('truncated', 'The file ends before the recording does.');
  } catch (cause) {
    if (cause instanceof UndertoneError) throw cause;
    // What the container's index points to is not there, or not what it should be.
    warn('truncated', 'The file ends, or is damaged, before the recording does.');
  } finally {
    decoder.free();
    await batches.return();
  }
}
