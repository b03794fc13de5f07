import { Readable } from 'node:stream';
import {
  AudioPlayerStatus,
  createAudioPlayer,
  createAudioResource,
  entersState,
  StreamType,
  VoiceConnectionStatus,
  type VoiceConnection,
} from '@discordjs/voice';

const PACKET_MS = 20;
const PATIENCE_MS = 5_000;
const LONGEST_WAIT_MS = 3_000;
const LOOK_MS = 100;

/**
 * Plays Opus packets of 20 ms over a connection; resolves when they are over.
 * @throws what the player says; Error where they are not over in time
 */
export async function playOpus(connection: VoiceConnection, packets: readonly Uint8Array[]): Promise<void> {
  if (packets.length === 0) return;
  await whenPrivate(connection);
  const player = createAudioPlayer();
  const failed = new Promise<never>((_, reject) => {
    player.on('error', reject);
  });
  const subscription = connection.subscribe(player);
  try {
    const sound = Readable.from(packets.map((packet) => Buffer.from(packet)));
    player.play(createAudioResource(sound, { inputType: StreamType.Opus }));
    const over = entersState(player, AudioPlayerStatus.Idle, packets.length * PACKET_MS + PATIENCE_MS);
    await Promise.race([over, failed]);
  } finally {
    player.stop(true);
    subscription?.unsubscribe();
  }
}

/** Waits a little, until the others' end-to-end encryption includes the bot: before, they would not hear it. */
async function whenPrivate(connection: VoiceConnection): Promise<void> {
  for (let waited = 0; waited < LONGEST_WAIT_MS; waited += LOOK_MS) {
    if (connection.voicePrivacyCode !== undefined || connection.state.status === VoiceConnectionStatus.Destroyed)
      return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
