import { createAacDecoder, probeAac } from './aac.ts';
import { hasSound, type OpenContainer, type OpenContext, type PlanarChunk } from './container.ts';
import { syncFrames } from './sync-frames.ts';
import { readAdtsHeader, type SyncHeader } from './sync-headers.ts';

/** Enough frames for the decoder to deliver the first samples. */
const PROBE_BYTES = 8 * 1024;

/** Samples by which the filters of spectral band replication, which doubles the rate, delay the sound. */
const SBR_DELAY = 962;

/** AAC as a row of ADTS frames. */
export const openAdts: OpenContainer = async (context) => {
  const { reader } = context;
  // The sniffer has put the reader on a frame.
  const header = readAdtsHeader(reader.bytes, 0)!;
  await reader.require(PROBE_BYTES);
  const probed = await probeAac(reader.name, reader.bytes.subarray(0, PROBE_BYTES));
  const { sampleRateHz, channels } = probed ?? header;
  const info = { container: 'adts', codec: 'aac', sampleRateHz, channels } as const;
  const delay = sampleRateHz === 2 * header.sampleRateHz ? SBR_DELAY : 0;
  return { info, sampleRateHz, chunks: decode(context, header, channels, delay) };
};

async function* decode(
  { reader, warn }: OpenContext,
  header: SyncHeader,
  channels: number,
  delay: number,
): AsyncGenerator<PlanarChunk, void> {
  const tally = { frames: 0, gaps: 0, cut: false };
  const decoder = await createAacDecoder(reader.name);
  let skip = delay;
  try {
    for await (const run of syncFrames(reader, readAdtsHeader, header, tally)) {
      const decoded = decoder.decode(run).slice(0, channels);
      if (!hasSound(decoded)) continue;
      const chunk = skip === 0 ? decoded : decoded.map((channel) => channel.subarray(skip));
      skip = Math.max(0, skip - decoded[0]!.length);
      if (hasSound(chunk)) yield chunk;
    }
    if (tally.gaps > 0 || decoder.damaged) warn('damaged', 'Some of the recording is damaged and was left out.');
    if (tally.cut) warn('truncated', 'The file ends before the recording does.');
  } finally {
    decoder.free();
  }
}
