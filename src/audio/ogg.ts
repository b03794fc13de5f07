import { damaged, empty, unsupportedCodec } from './audio-errors.ts';
import type { OpenContainer, Recording } from './container.ts';
import { openOggFlac } from './ogg-flac.ts';
import { openOggOpus } from './ogg-opus.ts';
import { oggPages, PacketAssembler, type OggTally } from './ogg-pages.ts';
import type { OggStream } from './ogg-stream.ts';
import { openOggVorbis } from './ogg-vorbis.ts';

type OpenOggCodec = (stream: OggStream) => Recording | Promise<Recording>;

const CODECS: readonly (readonly [signature: string, open: OpenOggCodec])[] = [
  ['OpusHead', openOggOpus],
  ['\x01vorbis', openOggVorbis],
  ['\x7fFLAC', openOggFlac],
];

/** Ogg (RFC 3533) with Opus, Vorbis or FLAC: the first logical stream whose codec is known. */
export const openOgg: OpenContainer = async (context) => {
  const { name } = context.reader;
  const tally: OggTally = { gaps: 0, cut: false };
  const pages = oggPages(context.reader, tally);
  let seen: string | undefined;
  for (;;) {
    const next = await pages.next();
    // All logical streams begin before the first page that is no beginning.
    if (next.done === true || !next.value.first) break;
    const firstPage = { ...next.value, bytes: next.value.bytes.slice() };
    const head = new PacketAssembler().push(firstPage).packets[0];
    if (head === undefined) continue;
    const opening = String.fromCharCode(...head.subarray(0, 8));
    const codec = CODECS.find(([signature]) => opening.startsWith(signature));
    if (codec !== undefined) return codec[1]({ pages, firstPage, head, tally, context });
    seen = opening.replaceAll(/[^\w ]/g, '').trim();
  }
  if (seen !== undefined) throw unsupportedCodec(name, `is an Ogg file with "${seen}", which cannot be decoded`);
  throw tally.cut || tally.gaps > 0
    ? damaged(name, 'is cut off or damaged in its header')
    : empty(name, 'is an Ogg file without sound');
};
