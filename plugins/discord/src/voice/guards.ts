import type { VoiceConnection } from '@discordjs/voice';

interface VoiceSocket {
  onMessage(event: unknown): void;
}

interface NetworkingLike {
  readonly state: { readonly ws?: VoiceSocket };
  on(event: 'stateChange', listener: (before: unknown, after: NetworkingLike['state']) => void): void;
}

/**
 * The library handles what its voice gateway sends where nobody catches what that throws: a message that is no JSON object,
 * a binary one of two bytes, a proposal that its encryption refuses. Such a message must cost itself, not the process.
 */
export function guardGateway(connection: VoiceConnection, onFault: (cause: unknown) => void): void {
  const guarded = new WeakSet<object>();
  const guardSocket = (socket: VoiceSocket | undefined): void => {
    if (!socket || guarded.has(socket) || typeof socket.onMessage !== 'function') return;
    guarded.add(socket);
    const handle = socket.onMessage.bind(socket);
    socket.onMessage = (event) => {
      try {
        handle(event);
      } catch (cause) {
        onFault(cause);
      }
    };
  };
  connection.on('stateChange', (_, state) => {
    const networking = (state as { networking?: NetworkingLike }).networking;
    if (!networking || guarded.has(networking)) return;
    guarded.add(networking);
    guardSocket(networking.state.ws);
    networking.on('stateChange', (__, { ws }) => {
      guardSocket(ws);
    });
  });
}
