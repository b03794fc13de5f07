import type { OpenContainer, OpenContext, PlanarChunk } from './container.ts';
import { quietly } from './quietly.ts';
import { syncFrames } from './sync-frames.ts';
import { readMpegHeader, type SyncHeader } from './sync-headers.ts';

/** MPEG audio layers II and III. The LAME tag's delay and padding are taken off by the decoder. */
export const openMp3: OpenContainer = (context) => {
  // The sniffer has put the reader on a frame.
  const header = readMpegHeader(context.reader.bytes, 0)!;
  const { sampleRateHz, channels } = header;
  const info = { container: 'mp3', codec: 'mp3', sampleRateHz, channels } as const;
  return Promise.resolve({ info, sampleRateHz, chunks: decode(context, header) });
};

async function* decode({ reader, warn }: OpenContext, header: SyncHeader): AsyncGenerator<PlanarChunk, void> {
  const { MPEGDecoder } = await import('mpg123-decoder');
  const expectedFrames = xingFrames(reader.bytes.subarray(0, header.bytes));
  const tally = { frames: 0, gaps: 0, cut: false };
  const decoder = new MPEGDecoder();
  await decoder.ready;
  try {
    for await (const run of syncFrames(reader, readMpegHeader, header, tally)) {
      const { channelData, errors } = quietly(() => decoder.decode(run));
      if (errors.length > 0) tally.gaps++;
      if (channelData[0]!.length > 0) yield channelData.slice(0, header.channels);
    }
  } finally {
    decoder.free();
  }
  if (tally.gaps > 0) warn('damaged', 'Some of the recording is damaged and was left out.');
  // The frame that holds the Xing tag is not counted by it.
  if (tally.cut || (tally.gaps === 0 && tally.frames - 1 < expectedFrames)) {
    warn('truncated', 'The file ends before the recording does.');
  }
}

/** The number of frames that a Xing or Info tag in the first frame announces; 0 without one. */
function xingFrames(frame: Uint8Array): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  for (let at = 13; at + 12 <= Math.min(frame.length, 50); at++) {
    const id = view.getUint32(at);
    if (id !== 0x58696e67 && id !== 0x496e666f) continue;
    return (view.getUint32(at + 4) & 1) === 0 ? 0 : view.getUint32(at + 8);
  }
  return 0;
}
