import { BASE, encodePacket, offeredProtocols, type PageMessage, type StudioMessage } from '../../src/protocol.ts';
import { token } from '../access.ts';
import { connection } from '../api.ts';
import { Problem } from './problem.ts';

/** More bytes that wait to be sent mean that the host does not take them. */
const MOST_WAITING = 1024 * 1024;
/** A recording waits where so many bytes wait to be sent. */
const ENOUGH_WAITING = 64 * 1024;
const WAIT_MS = 5;

interface SocketListeners {
  readonly onMessage: (message: StudioMessage) => void;
  /** Called once, where the page did not close it. */
  readonly onLost: () => void;
}

/** The connection of one session. */
export class StudioSocket {
  readonly #socket: WebSocket;
  readonly #sequences: number[] = [];
  #isOver = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    // Little-endian machines alone run browsers: samples go out as they lie in memory.
    socket.binaryType = 'arraybuffer';
  }

  /** @throws Problem that says what to do */
  static async open({ onMessage, onLost }: SocketListeners): Promise<StudioSocket> {
    const address = new URL(`${BASE}/live`, location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    address.hash = '';
    const socket = new WebSocket(address, offeredProtocols(token.value));
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => {
        resolve();
      };
      // Browsers do not say why.
      socket.onerror = () => {
        reject(
          new Problem(
            'The host does not take the connection.',
            'See that it runs, that the token may do it (moderator or admin), and that not too many pages are open.',
          ),
        );
      };
    });
    const opened = new StudioSocket(socket);
    socket.onmessage = ({ data }) => {
      onMessage(JSON.parse(data as string) as StudioMessage);
    };
    socket.onclose = ({ code }) => {
      if (opened.#isOver) return;
      opened.#isOver = true;
      // https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1: nobody said why, or the host ends.
      if (code === 1006 || code === 1001) connection.value = 'gone';
      onLost();
    };
    return opened;
  }

  say(message: PageMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Sends a packet. What the host does not take in time is lost, and counted: the engine says a gap. */
  sendSound(speaker: number, samples: Int16Array<ArrayBuffer>): void {
    const sequence = this.#sequences[speaker] ?? 0;
    this.#sequences[speaker] = sequence + 1;
    if (this.#isOver || this.#socket.bufferedAmount > MOST_WAITING) return;
    const payload = new Uint8Array(samples.buffer);
    this.#socket.send(encodePacket({ speaker, sequence, timestamp: sequence * samples.length, payload }));
  }

  /** Resolves when there is room for more sound, and the page was drawn meanwhile. */
  async room(): Promise<void> {
    do await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    while (!this.#isOver && this.#socket.bufferedAmount > ENOUGH_WAITING);
  }

  close(): void {
    this.#isOver = true;
    this.#socket.close(1000);
  }
}
