import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { speechLike } from './audio-signal.ts';
import { seededRandom } from './signals.ts';
import { bytesOf, encodeAiff, encodeWav, uint } from './audio-writers.ts';

/** Where the encoded fixtures lie. */
export const FIXTURES = join(import.meta.dirname, '../fixtures/audio');

/** The encoded fixtures' file names. */
export function fixtureNames(): string[] {
  return readdirSync(FIXTURES).filter((name) => !/\.(ts|md)$/.test(name));
}

/** A recording and what was done to it. */
export interface DamagedRecording {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Sound recordings of every format, to be damaged. */
function soundRecordings(): DamagedRecording[] {
  const stereo = speechLike(16_000, 2, 0.5);
  const list = (text: string): readonly (readonly [string, Uint8Array])[] => [['LIST', bytesOf(text)]];
  return [
    ...fixtureNames().map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(FIXTURES, name))) })),
    { name: 's16.wav', bytes: encodeWav(stereo, 16_000, { before: list('odd') }) },
    { name: 'f32.wav', bytes: encodeWav(stereo, 16_000, { encoding: 'f32', extensible: true }) },
    { name: 'f64.wav', bytes: encodeWav(stereo, 16_000, { encoding: 'f64', form: 'RF64' }) },
    { name: 's24.aiff', bytes: encodeAiff(stereo, 16_000, { encoding: 's24' }) },
    { name: 'fl32.aifc', bytes: encodeAiff(stereo, 16_000, { encoding: 'f32', compression: 'fl32' }) },
  ];
}

function cut({ name, bytes }: DamagedRecording): DamagedRecording[] {
  return Array.from({ length: 9 }, (_, i) => ({
    name: `${name} cut at ${i + 1}/10`,
    bytes: bytes.slice(0, Math.floor((bytes.length * (i + 1)) / 10)),
  }));
}

/** Flips bits: few or many, anywhere or in the header alone. */
function flipped({ name, bytes }: DamagedRecording, seed: number): DamagedRecording[] {
  const random = seededRandom(seed);
  const kinds = [
    [1, 64],
    [4, 64],
    [16, 512],
    [1, Infinity],
    [20, Infinity],
    [500, Infinity],
  ] as const;
  return kinds.map(([count, within]) => {
    const copy = bytes.slice();
    for (let i = 0; i < count; i++) copy[Math.floor(random() * Math.min(within, copy.length))]! ^= 1 << (random() * 8);
    return { name: `${name} with ${count} bits flipped within ${within}`, bytes: copy };
  });
}

/** A stretch in the middle overwritten, or taken out. */
function holed({ name, bytes }: DamagedRecording, seed: number): DamagedRecording[] {
  const random = seededRandom(seed);
  const [from, to] = [Math.floor(bytes.length * 0.4), Math.floor(bytes.length * 0.5)];
  const noise = bytes.slice().map((byte, i) => (i >= from && i < to ? Math.floor(random() * 256) : byte));
  return [
    { name: `${name} with noise in the middle`, bytes: noise },
    { name: `${name} without a tenth in the middle`, bytes: bytesOf(bytes.slice(0, from), bytes.slice(to)) },
    { name: `${name} with junk in front`, bytes: bytesOf(noise.slice(from, to), bytes) },
    { name: `${name} twice`, bytes: bytesOf(bytes, bytes) },
  ];
}

function randomBehindMagic(): DamagedRecording[] {
  const random = seededRandom(7);
  const magics = [
    '',
    'RIFF\xff\xff\xff\x7fWAVE',
    'RIFF\0\0\0\0WAVEfmt \x10\0\0\0',
    'RIFXaaaaWAVE',
    'RF64\xff\xff\xff\xffWAVEds64',
    'FORM\x7f\xff\xff\xffAIFF',
    'FORMaaaaAIFCCOMM\0\0\0\x18',
    'fLaC',
    'fLaC\x80\0\0\x22',
    'OggS',
    'OggS\0\x02',
    '\x1a\x45\xdf\xa3',
    '\0\0\0\x20ftypM4A ',
    '\0\0\0\x08moov',
    'ID3\x04\0\0\0\0\0\x10',
    'ID3\x04\0\0\x7f\x7f\x7f\x7f',
    '\xff\xfb\x90\x64',
    '\xff\xf1\x50\x80',
    '\xff\xfb',
  ];
  return magics.flatMap((magic) =>
    [8, 300, 100_000].map((count) => ({
      name: `${count} random bytes behind ${JSON.stringify(magic)}`,
      bytes: bytesOf(
        magic,
        Uint8Array.from({ length: count }, () => Math.floor(random() * 256)),
      ),
    })),
  );
}

/** Headers whose numbers are absurd. */
function lyingHeaders(): DamagedRecording[] {
  const stereo = speechLike(16_000, 2, 0.1);
  const wav = encodeWav(stereo, 16_000);
  const aiff = encodeAiff(stereo, 16_000);
  const patched = (bytes: Uint8Array, at: number, part: Uint8Array) => {
    const copy = bytes.slice();
    copy.set(part, at);
    return copy;
  };
  const sizes = [0, 1, 7, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
  return [
    ...sizes.flatMap((size) => [
      { name: `WAV whose data claims ${size} bytes`, bytes: encodeWav(stereo, 16_000, { claimedBytes: size }) },
      { name: `WAV whose fmt claims ${size} bytes`, bytes: patched(wav, 16, uint(size, 4)) },
      { name: `WAV of ${size} Hz`, bytes: patched(wav, 24, uint(size, 4)) },
      { name: `AIFF whose SSND claims ${size} bytes`, bytes: encodeAiff(stereo, 16_000, { claimedBytes: size }) },
      { name: `AIFF whose COMM claims ${size} bytes`, bytes: patched(aiff, 16, uint(size, 4, false)) },
      { name: `AIFF of ${size} frames`, bytes: patched(aiff, 22, uint(size, 4, false)) },
    ]),
    ...[0, 256, 0x7fff, 0xffff].flatMap((count) => [
      { name: `WAV of ${count} channels`, bytes: patched(wav, 22, uint(count, 2)) },
      { name: `WAV of ${count} bits`, bytes: patched(wav, 34, uint(count, 2)) },
      { name: `WAV of format ${count}`, bytes: patched(wav, 20, uint(count, 2)) },
      { name: `AIFF of ${count} channels`, bytes: patched(aiff, 20, uint(count, 2, false)) },
    ]),
  ];
}

/** Some hundred damaged recordings, the same in every run. */
export function damagedRecordings(): DamagedRecording[] {
  const sound = soundRecordings();
  return [
    ...sound.flatMap((recording, i) => [...cut(recording), ...flipped(recording, i), ...holed(recording, i + 1000)]),
    ...randomBehindMagic(),
    ...lyingHeaders(),
  ];
}
