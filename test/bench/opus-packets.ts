import { createOpusPacketDecoder } from '../../src/audio/opus-packets.ts';
import { encodeOpus, type OpusEncoding } from '../helpers/opus.ts';
import { threeDigits, timeSideBySide } from './measure.ts';
import { syntheticVoice } from './signals.ts';

/** Decoding 20 ms Opus packets of a voice to mono, in microseconds a packet; `music` is what Discord's clients send. */
export function benchOpusPackets(): object {
  const samples = syntheticVoice(4, 48_000);
  const contender = (sampleRateHz: 16_000 | 48_000, encoding: OpusEncoding) => {
    const packets = encodeOpus(samples, encoding);
    const decoder = createOpusPacketDecoder({ sampleRateHz });
    let next = 0;
    return () => decoder.decode(packets[next++ % packets.length]!);
  };
  const times = timeSideBySide(
    {
      musicTo16kHz: contender(16_000, { application: 'audio', bitrate: 64_000 }),
      musicTo48kHz: contender(48_000, { application: 'audio', bitrate: 64_000 }),
      speechTo16kHz: contender(16_000, { application: 'voip', bitrate: 24_000 }),
    },
    { rounds: 25, callsPerRound: 100, warmUp: 500 },
  );
  const us = (name: keyof typeof times) => threeDigits(times[name].medianMs * 1000);
  return {
    musicTo16kHzUs: us('musicTo16kHz'),
    musicTo48kHzUs: us('musicTo48kHz'),
    speechTo16kHzUs: us('speechTo16kHz'),
  };
}
