import { PACKET_MS, RATES_HZ } from '../../src/protocol.ts';
import { Problem } from './problem.ts';

/** What a browser decodes lies in memory as a whole: an hour of 16 kHz mono is 230 MB there. */
const LARGEST_BYTES = 300 * 1024 * 1024;
const LONGEST_S = 2 * 3600;

/** A recording that was decoded: one list of packets a speaker. */
export interface Recording {
  readonly rateHz: (typeof RATES_HZ)[0];
  readonly channels: readonly Float32Array[];
}

/**
 * Decodes a file in the browser.
 * @param apart a speaker on each of two channels; else all channels are mixed
 * @throws Problem that says what to do
 */
export async function readRecording(file: File, apart: boolean): Promise<Recording> {
  const [rateHz] = RATES_HZ;
  if (file.size > LARGEST_BYTES) {
    throw new Problem(`${file.name} is too large for a browser.`, 'Use the command: npm start -- predict <file>.');
  }
  const decoder = new OfflineAudioContext(1, 1, rateHz);
  const sound = await decoder.decodeAudioData(await file.arrayBuffer()).catch(() => null);
  if (sound === null || sound.length === 0) {
    throw new Problem(
      `This browser finds no sound in ${file.name}.`,
      'Drop a WAV, MP3, FLAC, Ogg, WebM or M4A file. The command "npm start -- predict <file>" reads some that browsers do not.',
    );
  }
  if (sound.duration > LONGEST_S) {
    throw new Problem(
      `${file.name} is longer than two hours.`,
      'Cut it, or use the command: npm start -- predict <file>.',
    );
  }
  const channels = Array.from({ length: sound.numberOfChannels }, (_, index) => sound.getChannelData(index));
  return { rateHz, channels: apart && channels.length === 2 ? channels : [mixed(channels)] };
}

function mixed(channels: readonly Float32Array[]): Float32Array {
  if (channels.length === 1) return channels[0]!;
  return Float32Array.from(
    channels[0]!,
    (_, i) => channels.reduce((sum, channel) => sum + channel[i]!, 0) / channels.length,
  );
}

/** The packet of a channel by its place, as 16-bit samples; the last is filled up with silence. */
export function packetOf(channel: Float32Array, index: number, rateHz: number): Int16Array<ArrayBuffer> {
  const length = (rateHz * PACKET_MS) / 1000;
  const packet = new Int16Array(length);
  const part = channel.subarray(index * length, (index + 1) * length);
  for (let i = 0; i < part.length; i++) {
    packet[i] = Math.max(-32_768, Math.min(32_767, Math.round(32_768 * part[i]!)));
  }
  return packet;
}
