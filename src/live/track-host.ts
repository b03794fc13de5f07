import { EmotionPredictor } from '../predictor/index.ts';
import { clockHz, type TrackFormat } from './packets.ts';
import { PredictionQueue } from './prediction-queue.ts';
import { hearWith, type SpeechHearer } from './speech-hearer.ts';
import { FIELDS, type FromThread, type PackedPackets, type ThreadSettings, type ToThread } from './thread-messages.ts';
import { trackDecoders, type TrackDecoder } from './track-decoder.ts';
import { TrackPipeline } from './track-pipeline.ts';

/** Multiples of the golden ratio, modulo 1, lie far apart however many there are. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/** All that a thread does: it holds the pipelines of its tracks and the model that hears them. */
export class TrackHost {
  readonly #hearer: SpeechHearer;
  readonly #queue: PredictionQueue;
  readonly #settings: ThreadSettings;
  readonly #say: (message: FromThread) => void;
  readonly #tracks = new Map<number, TrackPipeline>();
  /** By format: decoders of one share the tables of its resampler. */
  readonly #decoders = new Map<string, () => TrackDecoder>();
  #nowMs = 0;

  private constructor(hearer: SpeechHearer, settings: ThreadSettings, say: (message: FromThread) => void) {
    this.#hearer = hearer;
    this.#queue = new PredictionQueue(hearer, () => this.#nowMs);
    this.#settings = settings;
    this.#say = say;
  }

  /**
   * Loads the model and says that it is ready.
   * @throws UndertoneError as `EmotionPredictor.load`
   */
  static async start(settings: ThreadSettings, say: (message: FromThread) => void): Promise<TrackHost> {
    const hearer = hearWith(await EmotionPredictor.load(settings.model));
    say({ type: 'ready' });
    return new TrackHost(hearer, settings, say);
  }

  /** Does what it is told. */
  async handle(message: ToThread): Promise<void> {
    switch (message.type) {
      case 'open':
        this.#open(message);
        break;
      case 'packets':
        this.#nowMs = message.nowMs;
        this.#write(message.batch);
        this.#queue.hearDue();
        break;
      case 'tick':
        this.#nowMs = message.nowMs;
        for (const track of this.#tracks.values()) track.tick();
        this.#queue.hearDue();
        this.#say({ type: 'taken', packets: 0, backlog: this.#queue.length });
        break;
      case 'close':
        await this.#close(message.track, message.discard);
        break;
      case 'stop':
        await this.#queue.idle();
        await this.#hearer.close();
    }
  }

  #open({ track, format, sessionStartMs, voice }: Extract<ToThread, { type: 'open' }>): void {
    const { settings, abstainBelow = this.#hearer.abstainBelow } = this.#settings;
    const pipeline = new TrackPipeline({
      format,
      decoder: this.#decoderOf(format),
      hearer: this.#hearer,
      queue: this.#queue,
      settings,
      abstainBelow,
      turn: (track * GOLDEN_RATIO) % 1,
      sessionMs: (arrivedAtMs) => arrivedAtMs - sessionStartMs,
      now: () => this.#nowMs,
      emit: (event) => {
        this.#say({ type: 'event', track, event });
      },
      onError: (cause) => {
        this.#say({ type: 'error', cause });
      },
      voice,
    });
    this.#tracks.set(track, pipeline);
  }

  #write({ fields, payloads, count }: PackedPackets): void {
    let start = 0;
    for (let packet = 0; packet < count; packet++) {
      const at = packet * FIELDS;
      const end = start + fields[at + 1]!;
      const [sequence, timestamp] = [fields[at + 2]!, fields[at + 3]!];
      this.#tracks.get(fields[at]!)?.write({
        payload: payloads.subarray(start, end),
        ...(Number.isNaN(sequence) ? {} : { sequence }),
        ...(Number.isNaN(timestamp) ? {} : { timestamp }),
        arrivedAtMs: fields[at + 4]!,
      });
      start = end;
    }
    this.#say({ type: 'taken', packets: count, backlog: this.#queue.length });
  }

  async #close(track: number, discard: boolean): Promise<void> {
    const pipeline = this.#tracks.get(track);
    if (!pipeline) return;
    this.#tracks.delete(track);
    pipeline.close({ discard });
    if (!discard) await this.#queue.idle();
    const { counts, voice } = pipeline;
    this.#say({ type: 'closed', track, counts, voice, backlog: this.#queue.length });
  }

  #decoderOf(format: TrackFormat): TrackDecoder {
    const { channels, littleEndian } = format.codec === 'l16' ? format : {};
    const key = `${format.codec} ${clockHz(format)} ${channels} ${littleEndian}`;
    let make = this.#decoders.get(key);
    if (!make) {
      make = trackDecoders(format, this.#hearer.sampleRateHz);
      this.#decoders.set(key, make);
    }
    return make();
  }
}
