import type { PlanarChunk, Recording } from './container.ts';
import { PacketAssembler, type OggPage } from './ogg-pages.ts';
import { reportOgg, type OggStream } from './ogg-stream.ts';
import { OPUS_CLOCK_HZ, opusRate, OpusSound, parseOpusHead } from './opus-sound.ts';

/** One recording of those that may follow each other in a file ("chaining", RFC 7845 section 3). */
interface Link {
  readonly serial: number;
  readonly assembler: PacketAssembler;
  readonly sound: OpusSound;
  granule: number;
  ended: boolean;
}

/** Opus in Ogg (RFC 7845), decoded right at the wanted rate where Opus has it. */
export function openOggOpus(stream: OggStream): Recording {
  const { reader, wantedRateHz } = stream.context;
  const { channels } = parseOpusHead(stream.head, reader.name);
  const info = { container: 'ogg', codec: 'opus', sampleRateHz: OPUS_CLOCK_HZ, channels } as const;
  return { info, sampleRateHz: opusRate(wantedRateHz), chunks: decode(stream, channels) };
}

async function* decode(stream: OggStream, channels: 1 | 2): AsyncGenerator<PlanarChunk, void> {
  const { pages, firstPage, head, context } = stream;
  const { name } = context.reader;
  const rateHz = opusRate(context.wantedRateHz);
  const begin = (page: OggPage, opening: Uint8Array): Link => {
    const assembler = new PacketAssembler();
    assembler.push(page);
    const sound = new OpusSound(parseOpusHead(opening, name), channels, rateHz);
    return { serial: page.serial, assembler, sound, granule: 0, ended: page.last };
  };
  let link = begin(firstPage, head);
  let damage = false;
  try {
    for await (const page of pages) {
      if (page.first && link.ended && isNamed(firstPacket(page), 'OpusHead')) {
        if (link.sound.length > 0) yield link.sound.take();
        link.sound.free();
        link = begin(page, firstPacket(page));
      } else if (page.serial === link.serial) {
        damage = !decodePage(link, page, rateHz) || damage;
        if (link.sound.length >= rateHz) yield link.sound.take();
      }
    }
    if (link.sound.length > 0) yield link.sound.take();
  } finally {
    link.sound.free();
  }
  reportOgg(stream, link.ended, damage);
}

function firstPacket(page: OggPage): Uint8Array {
  return page.bytes.subarray(27 + page.bytes[26]!);
}

function isNamed(packet: Uint8Array, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (packet[i] !== name.charCodeAt(i)) return false;
  return true;
}

/** Adds a page's sound; false when some of it is missing. */
function decodePage(link: Link, page: OggPage, rateHz: number): boolean {
  const { packets, missing } = link.assembler.push(page);
  let sound = !missing;
  let samples = 0;
  for (const packet of packets) {
    if (isNamed(packet, 'OpusTags')) continue;
    try {
      samples += link.sound.push(packet);
    } catch {
      sound = false;
    }
  }
  if (page.last) {
    link.ended = true;
    // The last page's clock says where the sound ends within it (RFC 7845 section 4.4).
    const kept = ((page.granule - link.granule) * rateHz) / OPUS_CLOCK_HZ;
    if (sound && page.granule >= 0 && kept >= 0) link.sound.trimEnd(samples - Math.round(kept));
  }
  if (page.granule >= 0) link.granule = page.granule;
  return sound;
}
