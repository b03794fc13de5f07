import { batch, signal } from '@preact/signals';
import type { SessionSummary } from 'undertone';
import { PACKET_MS, type StartMessage, type StudioMessage } from '../../src/protocol.ts';
import { openMicrophone, type Microphone } from './microphone.ts';
import { Problem } from './problem.ts';
import { packetOf, readRecording, type Recording } from './recording.ts';
import { speakerId } from './speaker-id.ts';
import { StudioSocket } from './studio-socket.ts';
import { Voice } from './voice.ts';

/** A session's way: asked for, heard, ended; `over` keeps what was heard on the page. */
export type Phase = 'idle' | 'opening' | 'live' | 'ending' | 'over';

/** What the Live page does: one session at a time, of a microphone or a recording. */
export class Live {
  readonly phase = signal<Phase>('idle');
  readonly source = signal<StartMessage['source']>('microphone');
  /** What is heard: "Microphone", or a file's name. */
  readonly title = signal('');
  readonly voices = signal<readonly Voice[]>([]);
  readonly summary = signal<SessionSummary | null>(null);
  readonly problem = signal<Problem | null>(null);
  /** What was done last, to be read out. */
  readonly said = signal('');
  /** How much of a recording was sent, 0..1. */
  readonly progress = signal(0);
  /** Stays open after the session: over it, the session can be forgotten. */
  readonly socket = signal<StudioSocket | null>(null);
  #microphone: Microphone | null = null;
  /** Settles when the host has started the session that was asked for, or did not. */
  #starting: PromiseWithResolvers<void> | null = null;

  /** Hears somebody at the microphone, who agrees by this. */
  async startMicrophone(name: string): Promise<void> {
    await this.#start(async () => {
      const microphone = await openMicrophone(() => {
        this.problem.value = new Problem('The microphone is gone.', 'Plug it in and press Start again.');
        this.stop();
      });
      this.#microphone = microphone;
      const { rateHz } = microphone;
      const speakers = [{ id: speakerId(name), name }];
      const socket = await this.#begin({ source: 'microphone', title: 'Microphone', rateHz, speakers });
      const [voice] = this.voices.value;
      microphone.start((samples) => {
        voice!.hear(samples);
        socket.sendSound(0, samples);
      });
    });
  }

  /**
   * Hears a recording, faster than it was spoken.
   * @param apart a speaker on each of two channels
   */
  async startRecording(file: File, apart: boolean): Promise<void> {
    await this.#start(async () => {
      const recording = await readRecording(file, apart);
      const { rateHz, channels } = recording;
      const id = crypto.randomUUID();
      const names = channels.length === 2 ? ['Left', 'Right'] : ['Voice'];
      const speakers = names.map((name, index) => ({ id: `${id}:${index}`, name }));
      const socket = await this.#begin({ source: 'recording', title: file.name.slice(0, 100), rateHz, speakers });
      void this.#send(recording, socket);
    });
  }

  /** Ends the session; the page keeps what was heard, and its sound, until the next one. */
  stop(): void {
    if (this.phase.value !== 'live') return;
    this.phase.value = 'ending';
    this.#closeMicrophone();
    this.socket.value?.say({ type: 'stop' });
  }

  /** Ends the session and has all of it deleted, at the host too. */
  forget(): void {
    this.phase.value = 'ending';
    this.#closeMicrophone();
    this.socket.value?.say({ type: 'forget' });
  }

  async #start(open: () => Promise<void>): Promise<void> {
    this.#leave();
    batch(() => {
      this.phase.value = 'opening';
      this.problem.value = null;
      this.said.value = '';
    });
    try {
      await open();
      this.phase.value = 'live';
    } catch (cause) {
      this.#leave();
      this.phase.value = this.voices.value.length > 0 ? 'over' : 'idle';
      this.problem.value = cause instanceof Problem ? cause : new Problem('The page failed.', 'Reload it.');
      if (!(cause instanceof Problem)) throw cause;
    }
  }

  async #begin(message: Omit<StartMessage, 'type'>): Promise<StudioSocket> {
    const socket = await StudioSocket.open({
      onMessage: (answer) => {
        this.#take(answer);
      },
      onLost: () => {
        this.#lost();
      },
    });
    this.socket.value = socket;
    this.#starting = Promise.withResolvers();
    socket.say({ type: 'start', ...message });
    await this.#starting.promise;
    batch(() => {
      this.source.value = message.source;
      this.title.value = message.title;
      this.summary.value = null;
      this.progress.value = 0;
      this.voices.value = message.speakers.map(({ id, name }) => new Voice(id, name, message.rateHz));
    });
    return socket;
  }

  /** Sends a recording as fast as the host takes it, then ends the session. */
  async #send({ rateHz, channels }: Recording, socket: StudioSocket): Promise<void> {
    const voices = this.voices.value;
    const count = Math.ceil((1000 * channels[0]!.length) / rateHz / PACKET_MS);
    for (let index = 0; index < count; index++) {
      // Stopped, forgotten, or lost meanwhile.
      if (this.socket.value !== socket || this.phase.value === 'ending') return;
      channels.forEach((channel, speaker) => {
        const samples = packetOf(channel, index, rateHz);
        voices[speaker]!.hear(samples);
        socket.sendSound(speaker, samples);
      });
      if (index % PACKETS_A_TURN !== 0) continue;
      this.progress.value = index / count;
      await socket.room();
    }
    this.progress.value = 1;
    this.stop();
  }

  #take(message: StudioMessage): void {
    switch (message.type) {
      case 'started':
        this.#starting?.resolve();
        return;
      case 'began':
        this.voices.value[message.speaker]?.began(message.atMs);
        return;
      case 'event': {
        const { event } = message;
        if (event.type === 'summary') this.#over(event.summary);
        else this.voices.value.find(({ id }) => id === event.speaker)?.take(event);
        return;
      }
      case 'forgotten':
        this.#leave();
        batch(() => {
          this.phase.value = 'idle';
          this.voices.value = [];
          this.summary.value = null;
          this.said.value = 'Forgotten: nothing of it is left, neither here nor at the host.';
        });
        return;
      case 'problem':
        this.problem.value = new Problem(message.message);
        this.#starting?.reject(this.problem.value);
    }
  }

  #over(summary: SessionSummary): void {
    batch(() => {
      this.summary.value = summary;
      this.#end();
    });
  }

  /** The host went away, or closed the socket: what was heard stays on the page. */
  #lost(): void {
    this.#starting?.reject(new Problem('The host went away.', 'Press Start again when it is back.'));
    this.#closeMicrophone();
    batch(() => {
      this.socket.value = null;
      if (this.phase.value !== 'live' && this.phase.value !== 'ending') return;
      this.problem.value ??= new Problem('The connection to the host broke.', 'What was heard stays on this page.');
      this.#end();
    });
  }

  #end(): void {
    this.phase.value = 'over';
    for (const voice of this.voices.value) voice.end();
  }

  #leave(): void {
    this.#closeMicrophone();
    this.socket.value?.close();
    this.socket.value = null;
  }

  #closeMicrophone(): void {
    this.#microphone?.close();
    this.#microphone = null;
  }
}

/** Between two looks at whether there is room for more. */
const PACKETS_A_TURN = 25;
