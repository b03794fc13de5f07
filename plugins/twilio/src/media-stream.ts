import { MediaStreamDialect, type StreamDialect } from 'undertone';

/** Twilio's Media Streams, as the messages of one WebSocket: all that Twilio's documentation promises must be there. */
export const mediaStream = (): StreamDialect => new MediaStreamDialect({ isStrict: true });
