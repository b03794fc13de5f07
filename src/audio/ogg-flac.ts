import { damaged } from './audio-errors.ts';
import type { PlanarChunk, Recording } from './container.ts';
import { crc16 } from './checksums.ts';
import { createFlacDecoder, parseStreamInfo, STREAM_INFO_BYTES, type FlacStreamInfo } from './flac-decoder.ts';
import { reportOgg, type OggStream } from './ogg-stream.ts';
import { PacketAssembler } from './ogg-pages.ts';

/** Where STREAMINFO's body begins in the first packet (RFC 9639 section 10.1). */
const STREAM_INFO_AT = 17;

/** FLAC in Ogg: one frame a packet. */
export function openOggFlac(stream: OggStream): Recording {
  const { head, context } = stream;
  if (head.length < STREAM_INFO_AT + STREAM_INFO_BYTES) throw damaged(context.reader.name, 'ends inside its header');
  const flac = parseStreamInfo(head.subarray(STREAM_INFO_AT));
  const { sampleRateHz, channels } = flac;
  return {
    info: { container: 'ogg', codec: 'flac', sampleRateHz, channels },
    sampleRateHz,
    chunks: decode(stream, flac),
  };
}

async function* decode(stream: OggStream, flac: FlacStreamInfo): AsyncGenerator<PlanarChunk, void> {
  const { pages, firstPage } = stream;
  const assembler = new PacketAssembler();
  assembler.push(firstPage);
  const decoder = await createFlacDecoder(flac);
  let ended = firstPage.last;
  let damage = false;
  try {
    for await (const page of pages) {
      if (page.serial !== firstPage.serial) continue;
      const { packets, missing } = assembler.push(page);
      damage ||= missing;
      ended ||= page.last;
      // Packets that do not begin as a frame are metadata blocks.
      const frames = packets.filter((packet) => packet[0] === 0xff && crc16(packet, 0, packet.length) === 0);
      if (frames.length === 0) continue;
      const channels = await decoder.decode(frames);
      if (channels.length > 0) yield channels;
    }
  } finally {
    decoder.free();
  }
  reportOgg(stream, ended, damage);
}
