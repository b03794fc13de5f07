import { damaged } from './audio-errors.ts';
import type { OpenContainer, OpenContext, PlanarChunk } from './container.ts';
import { createFlacDecoder, parseStreamInfo, STREAM_INFO_BYTES, type FlacStreamInfo } from './flac-decoder.ts';
import { flacFrames } from './flac-frames.ts';

/** FLAC (RFC 9639) in its own container. */
export const openFlac: OpenContainer = async (context) => {
  const stream = await readMetadata(context);
  const { sampleRateHz, channels } = stream;
  const info = { container: 'flac', codec: 'flac', sampleRateHz, channels } as const;
  return { info, sampleRateHz, chunks: decode(context, stream) };
};

/** Metadata blocks, of which the first is STREAMINFO: a flag for the last one, 7 bits of type, 24 of length. */
async function readMetadata({ reader }: OpenContext): Promise<FlacStreamInfo> {
  await reader.demand(4 + 4 + STREAM_INFO_BYTES, 'its header');
  reader.consume(4);
  if ((reader.bytes[0]! & 0x7f) !== 0) throw damaged(reader.name, 'has no STREAMINFO block');
  const info = parseStreamInfo(reader.bytes.subarray(4));
  for (let last = false; !last;) {
    const [type, high, middle, low] = await reader.demand(4, 'its metadata');
    last = (type! & 0x80) !== 0;
    const length = (high! << 16) | (middle! << 8) | low!;
    if (!(await reader.skip(4 + length))) throw damaged(reader.name, 'ends inside its metadata');
  }
  return info;
}

async function* decode({ reader, warn }: OpenContext, info: FlacStreamInfo): AsyncGenerator<PlanarChunk, void> {
  const tally = { gaps: 0, cut: false };
  const decoder = await createFlacDecoder(info);
  let samples = 0;
  try {
    for await (const frames of flacFrames(reader, info, tally)) {
      const channels = await decoder.decode(frames);
      samples += channels[0]?.length ?? 0;
      if (channels.length > 0) yield channels;
    }
  } finally {
    decoder.free();
  }
  if (tally.gaps > 0) warn('damaged', 'Some of the recording is damaged and was left out.');
  if (tally.cut || (tally.gaps === 0 && samples < info.totalSamples)) {
    warn('truncated', 'The file ends before the recording does.');
  }
}
