/** What an RTP packet says of itself before its payload (RFC 3550 section 5.1). */
export interface RtpHeader {
  readonly sequence: number;
  /** In 1/48,000 s. */
  readonly timestamp: number;
  /** The source: one for each speaker's connection. */
  readonly ssrc: number;
}

/** One packet of a speaker's Opus, as the rest of the plugin sees it. */
export interface VoicePacket extends Partial<Omit<RtpHeader, 'ssrc'>> {
  readonly payload: Uint8Array;
}

/** Discord's payload type of Opus. */
const OPUS_PAYLOAD = 0x78;
const HEADER_BYTES = 12;

/** The header of a packet of Opus; undefined for whatever else comes over the socket. */
export function rtpHeader(datagram: Buffer): RtpHeader | undefined {
  if (datagram.length <= HEADER_BYTES || datagram[0]! >> 6 !== 2 || (datagram[1]! & 0x7f) !== OPUS_PAYLOAD) {
    return undefined;
  }
  return {
    sequence: datagram.readUInt16BE(2),
    timestamp: datagram.readUInt32BE(4),
    ssrc: datagram.readUInt32BE(8),
  };
}

/** What streams of the voice library yield: a bare payload up to 0.19, a packet with its header after that. */
export type ReceivedChunk = Uint8Array | (RtpHeader & { readonly payload: Uint8Array });

/** The end of every frame under Discord's end-to-end encryption (the DAVE protocol, "Payload format"). */
const DAVE_MARKER = 0xfa;
/** Tag of 8 bytes, a nonce, the size, the marker. */
const LEAST_DAVE_BYTES = 12;

/**
 * Whether a payload is still encrypted end to end: the library hands such packets on while its group is not made yet,
 * and as Opus they would be noise. By chance, one packet in some millions looks so.
 */
export function isStillEncrypted(payload: Uint8Array): boolean {
  const { length } = payload;
  if (length < LEAST_DAVE_BYTES || payload[length - 1] !== DAVE_MARKER || payload[length - 2] !== DAVE_MARKER) {
    return false;
  }
  const supplement = payload[length - 3]!;
  return supplement >= LEAST_DAVE_BYTES && supplement <= length;
}

const TICKS_A_MS = 48;
/** A packet lasts 20 ms. */
const PACKET_TICKS = 960;

/**
 * Puts a speaker's packets on one line of sequence numbers and timestamps, though their source changes: when the speaker
 * or the bot connects anew, both begin at random numbers. The pause between is as long as it was on the clock.
 */
export class SpeakerLine {
  #ssrc: number | undefined;
  #sequenceShift = 0;
  #timestampShift = 0;
  #sequence = 0;
  #timestamp = 0;
  #atMs = 0;

  /** Sources after the first. */
  changes = 0;

  /** The packet's place on the line. */
  place({ ssrc, sequence, timestamp }: RtpHeader, nowMs: number): Required<Omit<VoicePacket, 'payload'>> {
    if (this.#ssrc === undefined) this.#ssrc = ssrc;
    else if (ssrc !== this.#ssrc) {
      this.#ssrc = ssrc;
      this.changes++;
      const elapsed = Math.max(PACKET_TICKS, Math.round((nowMs - this.#atMs) * TICKS_A_MS));
      // The numbers leap with the time, or the pause would count as sound that was not sent.
      const packets = Math.max(1, Math.round(elapsed / PACKET_TICKS));
      this.#sequenceShift = (this.#sequence + packets - sequence) & 0xffff;
      this.#timestampShift = (this.#timestamp + elapsed - timestamp) >>> 0;
    }
    const placed = {
      sequence: (sequence + this.#sequenceShift) & 0xffff,
      timestamp: (timestamp + this.#timestampShift) >>> 0,
    };
    // A late packet does not set the line back.
    if (((placed.sequence - this.#sequence) << 16) >> 16 > 0 || this.#atMs === 0) {
      this.#sequence = placed.sequence;
      this.#timestamp = placed.timestamp;
      this.#atMs = nowMs;
    }
    return placed;
  }
}
