import { encodeOpusPackets } from 'undertone';

const RATE_HZ = 48_000;
/** Two rising tones, a fifth apart: as call software says that something begins. */
const NOTES_HZ = [523.25, 783.99];
const NOTE_SECONDS = 0.22;
const AMPLITUDE = 0.2;

/** The sound by which all in a channel hear that the bot begins to listen, as Opus packets of 20 ms. */
export function noticeTone(): Uint8Array[] {
  const length = Math.round(NOTE_SECONDS * RATE_HZ);
  const samples = new Float32Array(length * NOTES_HZ.length);
  NOTES_HZ.forEach((hz, note) => {
    for (let i = 0; i < length; i++) {
      // It swells and fades, or it would click.
      const swell = Math.sin((Math.PI * i) / length);
      samples[note * length + i] = AMPLITUDE * swell * Math.sin((2 * Math.PI * hz * i) / RATE_HZ);
    }
  });
  return encodeOpusPackets(samples);
}
