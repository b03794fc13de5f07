// What people say to the fake Discord: recordings of a corpus where it is there, else voices made by the test.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decodeAudio, resample } from '../../src/audio/index.ts';
import { encodeOpus } from './opus.ts';
import { buzz, whiteNoise } from './signals.ts';

const RATE = 48_000;
/** Before, between and after clips. */
const PAUSE_SECONDS = 0.4;
/** So long a client goes on sending after the voice. */
const HANGOVER_MS = 300;
const PACKET_MS = 20;
const CORPORA = new URL('../../../shared/corpora/', import.meta.url).pathname;
/** One voice each: an actor who is angry (CREMA-D), and one who is calm (RAVDESS). */
const VOICES = {
  angry: { folder: 'CREMA-D/AudioWAV', name: /^1022_.*_ANG_/, pitchHz: 260 },
  calm: { folder: 'RAVDESS/Actor_01', name: /^03-01-02-/, pitchHz: 110 },
} as const;

/** Why emotions are not looked at here; null where they are. */
export const noCorpus = Object.values(VOICES).every(({ folder }) => existsSync(join(CORPORA, folder)))
  ? null
  : 'no recordings of CREMA-D and RAVDESS beside the checkout';

/** Clips of one voice, with pauses, as packets: made before anybody speaks, or making them would hold up who does. */
export async function speech(voice: keyof typeof VOICES, clips: number, first = 0): Promise<Uint8Array[]> {
  return spoken(await soundsOf(voice, clips, first));
}

/** One clip, with a pause before it, that ends as Discord's clients end: a moment after the voice, nothing is sent. */
export interface Utterance {
  readonly packets: Uint8Array[];
  /** When the voice begins and ends, in milliseconds from the first packet: clips have some silence at their ends. */
  readonly voiceMs: readonly [number, number];
}

/** Clips of one voice, each for itself. */
export async function utterances(voice: keyof typeof VOICES, clips: number): Promise<Utterance[]> {
  const sounds = await soundsOf(voice, clips, 0);
  return sounds.map((sound) => {
    const [from, to] = voiced(sound);
    const atMs = (sample: number): number => 1_000 * (PAUSE_SECONDS + sample / RATE);
    const voiceMs = [atMs(from), atMs(to)] as const;
    return { packets: spoken([sound]).slice(0, (voiceMs[1] + HANGOVER_MS) / PACKET_MS), voiceMs };
  });
}

async function soundsOf(voice: keyof typeof VOICES, clips: number, first: number): Promise<Float32Array[]> {
  const { folder, name, pitchHz } = VOICES[voice];
  if (noCorpus !== null) return Array.from({ length: clips }, () => buzz(2, RATE, { pitchHz }));
  const files = readdirSync(join(CORPORA, folder)).filter((file) => name.test(file));
  const sounds = files.slice(first, first + clips).map(async (file) => {
    const { samples, sampleRateHz } = await decodeAudio(join(CORPORA, folder, file), { sampleRateHz: 16_000 });
    return resample(samples, sampleRateHz, RATE);
  });
  return Promise.all(sounds);
}

/** The samples between which a clip is louder than its hiss: 20 ms frames within 30 dB of the loudest one. */
function voiced(sound: Float32Array): [number, number] {
  const frame = RATE / 50;
  const energies = Array.from({ length: Math.ceil(sound.length / frame) }, (_, at) =>
    sound.subarray(at * frame, (at + 1) * frame).reduce((sum, x) => sum + x * x, 0),
  );
  const least = Math.max(...energies) / 1_000;
  const first = energies.findIndex((energy) => energy >= least);
  return [first * frame, (energies.findLastIndex((energy) => energy >= least) + 1) * frame];
}

function spoken(sounds: readonly Float32Array[]): Uint8Array[] {
  const pause = Math.round(PAUSE_SECONDS * RATE);
  const total = sounds.reduce((sum, { length }) => sum + length + pause, pause);
  const all = whiteNoise(total, 7, 1e-4);
  let at = pause;
  for (const sound of sounds) {
    sound.forEach((sample, i) => (all[at + i]! += sample));
    at += sound.length + pause;
  }
  return encodeOpus(all);
}
