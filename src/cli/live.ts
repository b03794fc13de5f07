import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { encodeL16, openAudio } from '../audio/index.ts';
import { ConsentLedger, LiveEngine, MemoryConsentLog, TrackThreads, type SpeakerTrack } from '../live/index.ts';
import { UndertoneError } from '../errors.ts';
import { numberOption } from './arguments.ts';
import { LiveDisplay } from './live-display.ts';
import { MICROPHONE_RATE_HZ, recordMicrophone } from './microphone.ts';
import { warn } from './recording.ts';

const PACKET_MS = 20;
const PACKET_SAMPLES = (MICROPHONE_RATE_HZ * PACKET_MS) / 1_000;
const FORMAT = { codec: 'l16', sampleRateHz: MICROPHONE_RATE_HZ } as const;

interface LiveOptions {
  readonly file?: string;
  readonly device?: string;
  readonly speed: number;
  readonly model: string;
  readonly voiceCheck: boolean;
  readonly json?: boolean;
}

export function liveCommand(): Command {
  return new Command('live')
    .description('Hear the microphone, or a recording as if it were one, and say meanwhile how it sounds.')
    .option('--file <recording>', 'play this recording instead of the microphone')
    .option('--device <name>', 'which microphone, as the recorder (arecord, sox or ffmpeg) calls it')
    .option('--speed <factor>', 'with --file: so many times as fast as it was spoken', numberOption, 1)
    .option('--model <id>', 'a model in models/, or the path of one', 'default')
    .option('--no-voice-check', 'hear all sound as speech, music and noise as well')
    .option('--json', 'print every event as JSON, one a line')
    .addHelpText(
      'after',
      `
Examples:
  undertone live
  undertone live --device hw:1
  undertone live --file call.opus
  undertone live --file call.opus --speed 20 --json > events.jsonl

Ctrl-C ends it, with a summary. Nothing is kept: no sound, no scores. It is taken to be one voice, of somebody who
agreed. The microphone is recorded with arecord, sox or ffmpeg, whichever is there.`,
    )
    .action(live);
}

async function live({ file, device, speed, model, voiceCheck, json = false }: LiveOptions): Promise<void> {
  if (!(speed > 0)) {
    throw new UndertoneError('USAGE', {
      subject: '--speed',
      problem: `is ${speed}, which is no factor above 0`,
      remedy: 'Say 1 for as fast as it was spoken, 20 for twenty times as fast.',
    });
  }
  const threads = await TrackThreads.start({ model, settings: { voiceCheck } });
  const startedAtMs = Date.now();
  // A recording brings its own time, so that it is heard alike at every speed.
  let mediaMs = 0;
  const clock = file === undefined ? Date.now : () => startedAtMs + mediaMs;
  const consent = await ConsentLedger.open(new MemoryConsentLog(), { mode: 'announce' }, clock);
  const engine = new LiveEngine({ threads, consent, clock, onError: (cause) => { warn(String(cause)); } }); // prettier-ignore
  const stop = new AbortController();
  const interrupt = (): void => {
    stop.abort();
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const session = engine.openSession({ platform: 'terminal', space: 'terminal' });
    await session.noticeGiven('the command');
    const display = new LiveDisplay(threads.labels, json);
    session.events.subscribe((event) => {
      display.show(event);
    });
    const track = session.openTrack({ speaker: 'voice', role: 'participant' }, FORMAT);
    if (file === undefined) {
      for await (const packet of packetsOf(recordMicrophone(device, stop.signal))) track.write({ payload: packet });
    } else {
      await play(file, speed, track, stop.signal, (ms) => (mediaMs = ms));
    }
    display.end(await session.end());
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await engine.close();
    await threads.close();
  }
}

/** Plays a recording into a track, as fast as it was spoken or faster. */
async function play(
  file: string,
  speed: number,
  track: SpeakerTrack,
  signal: AbortSignal,
  onTime: (mediaMs: number) => void,
): Promise<void> {
  const audio = await openAudio(file, { sampleRateHz: MICROPHONE_RATE_HZ });
  const started = performance.now();
  let count = 0;
  for await (const packet of packetsOf(bytesOf(audio))) {
    if (signal.aborted) break;
    const ahead = started + (count * PACKET_MS) / speed - performance.now();
    if (ahead > 0) await sleep(ahead);
    onTime(count * PACKET_MS);
    const written = track.write({ payload: packet, sequence: count & 0xffff, timestamp: count * PACKET_SAMPLES });
    count++;
    // A recording can wait, which a microphone cannot.
    if (written === 'slow') await sleep(PACKET_MS);
  }
  for (const { message } of audio.warnings) warn(`${file}: ${message}`);
}

/** Samples as 16-bit integers, little-endian. */
async function* bytesOf(chunks: AsyncIterable<Float32Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield encodeL16(chunk);
}

/** Cuts a stream of bytes into packets of 20 ms; a rest that is shorter is filled with silence. */
async function* packetsOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const size = 2 * PACKET_SAMPLES;
  let packet = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + size - filled);
      packet.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < size) continue;
      yield packet;
      packet = new Uint8Array(size);
      filled = 0;
    }
  }
  if (filled > 0) yield packet;
}
