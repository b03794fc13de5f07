import { createResampler, resample } from '../../src/audio/resample.ts';
import { threeDigits, timeSideBySide } from './measure.ts';
import { syntheticVoice } from './signals.ts';

const SECONDS = 2;
const PAIRS = [
  [48_000, 16_000],
  [44_100, 16_000],
  [24_414, 16_000],
  [8_000, 16_000],
] as const;

/** Resampling to 16 kHz: whole recordings as multiples of real time, and live packets of 20 ms in microseconds each. */
export function benchResample(): object {
  const figures: Record<string, object> = {};
  for (const [from, to] of PAIRS) {
    const samples = syntheticVoice(SECONDS, from);
    const packet = samples.subarray(0, Math.round(from / 50));
    const live = createResampler(from, to);
    const times = timeSideBySide(
      {
        whole: () => resample(samples, from, to),
        packet: () => live.process(packet),
        create: () => createResampler(from, to),
      },
      { rounds: 15, callsPerRound: 3, warmUp: 20 },
    );
    figures[`${from} to ${to} Hz`] = {
      timesRealTime: Math.round((SECONDS * 1000) / times.whole.medianMs),
      packet20Us: threeDigits(times.packet.medianMs * 1000),
      createMs: threeDigits(times.create.medianMs),
    };
  }
  return figures;
}
