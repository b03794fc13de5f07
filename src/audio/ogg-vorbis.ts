import { damaged } from './audio-errors.ts';
import { hasSound, type PlanarChunk, type Recording } from './container.ts';
import { reportOgg, type OggStream } from './ogg-stream.ts';

/** Vorbis in Ogg. The decoder takes whole pages, and trims the end by the last page's granule position itself. */
export function openOggVorbis(stream: OggStream): Recording {
  const { head, context } = stream;
  if (head.length < 16) throw damaged(context.reader.name, 'ends inside its header');
  // The identification header (Vorbis I section 4.2.2): "\x01vorbis", a version of 4 bytes, channels, rate.
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const channels = view.getUint8(11);
  const sampleRateHz = view.getUint32(12, true);
  if (channels === 0) throw damaged(context.reader.name, 'claims to have 0 channels');
  return { info: { container: 'ogg', codec: 'vorbis', sampleRateHz, channels }, sampleRateHz, chunks: decode(stream) };
}

async function* decode(stream: OggStream): AsyncGenerator<PlanarChunk, void> {
  const { pages, firstPage, context } = stream;
  const { OggVorbisDecoder } = await import('@wasm-audio-decoders/ogg-vorbis');
  const decoder = new OggVorbisDecoder();
  await decoder.ready;
  let ended = firstPage.last;
  let missing = false;
  let sequence = firstPage.sequence;
  try {
    await decoder.decode(firstPage.bytes);
    for await (const page of pages) {
      if (page.serial !== firstPage.serial) {
        if (page.first && ended)
          context.warn('damaged', 'Only the first of several recordings in the file was decoded.');
        continue;
      }
      missing ||= page.sequence !== sequence + 1;
      sequence = page.sequence;
      ended ||= page.last;
      // The decoder keeps what it is given until the page after it comes.
      const { channelData } = await decoder.decode(page.bytes.slice());
      if (hasSound(channelData)) yield channelData;
    }
    const { channelData } = await decoder.flush();
    if (hasSound(channelData)) yield channelData;
  } finally {
    decoder.free();
  }
  reportOgg(stream, ended, missing);
}
