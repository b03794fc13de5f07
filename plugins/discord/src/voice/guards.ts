import type { Socket } from 'node:dgram';
import type { VoiceConnection } from '@discordjs/voice';

/** Some seconds of several speakers: what comes while the process is busy must not be lost. */
const RECEIVE_BYTES = 2 ** 21;

interface VoiceSocket {
  onMessage(event: unknown): void;
}

interface NetworkingState {
  readonly ws?: VoiceSocket;
  readonly udp?: { readonly socket: Socket };
}

interface NetworkingLike {
  readonly state: NetworkingState;
  on(event: 'stateChange', listener: (before: unknown, after: NetworkingState) => void): void;
}

/**
 * Makes up for two things in the library. It handles what its voice gateway sends where nobody catches what that throws
 * (a message that is no JSON object, a binary one of two bytes, a proposal that its encryption refuses): such a message
 * must cost itself, not the process. And its socket for media has a small buffer.
 */
export function guardSockets(connection: VoiceConnection, onFault: (cause: unknown) => void): void {
  const guarded = new WeakSet<object>();
  const isNew = (thing: object): boolean => {
    if (guarded.has(thing)) return false;
    guarded.add(thing);
    return true;
  };
  const guard = ({ ws, udp }: NetworkingState): void => {
    if (ws && isNew(ws)) guardMessages(ws, onFault);
    if (udp && isNew(udp)) {
      const { socket } = udp;
      socket.once('listening', () => {
        // The system gives as much of it as it is set to.
        socket.setRecvBufferSize(RECEIVE_BYTES);
      });
    }
  };
  connection.on('stateChange', (_, state) => {
    const { networking } = state as { networking?: NetworkingLike };
    if (!networking || !isNew(networking)) return;
    guard(networking.state);
    networking.on('stateChange', (__, after) => {
      guard(after);
    });
  });
}

function guardMessages(socket: VoiceSocket, onFault: (cause: unknown) => void): void {
  const handle = socket.onMessage.bind(socket);
  socket.onMessage = (event) => {
    try {
      handle(event);
    } catch (cause) {
      onFault(cause);
    }
  };
}
