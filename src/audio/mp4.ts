import type { EncodedPacketSink, Input, InputAudioTrack } from 'mediabunny';
import { empty, unsupportedCodec } from './audio-errors.ts';
import type { ByteReader } from './byte-reader.ts';
import type { OpenContainer } from './container.ts';
import { openPacketRecording } from './packet-recording.ts';
import type { PacketBatch } from './packet-sound.ts';

/** Packets decoded at a time: enough to make a chunk's fixed costs vanish. */
const BATCH_PACKETS = 32;

/** MP4, M4A and QuickTime, whether their index stands before or behind the sound. */
export const openMp4: OpenContainer = async (context) => {
  const { name } = context.reader;
  const input = await openInput(context.reader);
  const track = await input.getPrimaryAudioTrack();
  if (track === null) throw empty(name, 'has no sound track');
  const config = await track.getDecoderConfig();
  const codec = await track.getCodec();
  if (config === null || codec === null) {
    const inside = String(await track.getInternalCodecId());
    throw unsupportedCodec(name, `holds a sound track of kind "${inside}", which cannot be decoded`);
  }
  const { EncodedPacketSink } = await import('mediabunny');
  const packetTrack = {
    codec,
    channels: config.numberOfChannels,
    sampleRateHz: config.sampleRate,
    description: configBytes(config.description),
    heard: await heardStretch(track),
  };
  return openPacketRecording(context, 'mp4', packetTrack, packetBatches(new EncodedPacketSink(track)));
};

/** What the index says to leave out at both ends: an edit list moves the first packets before the time 0. */
async function heardStretch(track: InputAudioTrack): Promise<{ start: number; duration: number }> {
  return { start: Math.max(0, -(await track.getFirstTimestamp())), duration: await track.computeDuration() };
}

async function openInput(reader: ByteReader): Promise<Input> {
  const { Input, CustomSource, BufferSource, Logging, LogLevel, MP4, QTFF } = await import('mediabunny');
  Logging.level = LogLevel.Silent;
  const formats = [MP4, QTFF];
  const { source } = reader;
  const { size } = source;
  if (size === undefined) return new Input({ formats, source: new BufferSource(await collect(reader)) });
  const read = async (start: number, end: number) => {
    const bytes = new Uint8Array(end - start);
    let filled = 0;
    for (let got = -1; got !== 0 && filled < bytes.length; filled += got) {
      got = await source.read(bytes.subarray(filled), start + filled);
    }
    return bytes.subarray(0, filled);
  };
  const custom = new CustomSource({
    getSize: () => size,
    read,
    prefetchProfile: 'fileSystem',
    maxCacheSize: 4 * 2 ** 20,
  });
  return new Input({ formats, source: custom });
}

/** The index may come last, so a stream has to be held until it is all there. */
async function collect(reader: ByteReader): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  while (reader.bytes.length > 0 || (await reader.fill())) {
    parts.push(reader.bytes.slice());
    reader.consume(reader.bytes.length);
  }
  return Buffer.concat(parts);
}

function configBytes(description: AudioDecoderConfig['description']): Uint8Array | undefined {
  if (description === undefined) return undefined;
  if (!ArrayBuffer.isView(description)) return new Uint8Array(description);
  return new Uint8Array(description.buffer, description.byteOffset, description.byteLength);
}

async function* packetBatches(sink: EncodedPacketSink): AsyncGenerator<PacketBatch, void> {
  let packets: Uint8Array[] = [];
  for await (const packet of sink.packets()) {
    packets.push(packet.data);
    if (packets.length < BATCH_PACKETS) continue;
    yield { packets, discardSeconds: 0 };
    packets = [];
  }
  if (packets.length > 0) yield { packets, discardSeconds: 0 };
}
