import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import type { EncryptionMode } from '../api.ts';

const TAG_BYTES = 16;
const COUNTER_BYTES = 4;

/**
 * The encryption of RTP between a client and a voice server: the header is authenticated, the rest encrypted, and the
 * packet ends with the tag and a counter that is the nonce's beginning.
 */
export class TransportCipher {
  readonly mode: EncryptionMode;
  readonly key = randomBytes(32);
  /** Node takes four times as long for a key that is bytes. */
  readonly #keyObject = createSecretKey(this.key);
  readonly #nonce: Buffer;
  #counter = 0;

  constructor(mode: EncryptionMode) {
    this.mode = mode;
    this.#nonce = Buffer.alloc(mode === 'aead_aes256_gcm_rtpsize' ? 12 : 24);
  }

  encrypt(header: Uint8Array, content: Uint8Array): Buffer {
    this.#counter = (this.#counter + 1) % 2 ** 32;
    this.#nonce.writeUInt32BE(this.#counter);
    const counter = this.#nonce.subarray(0, COUNTER_BYTES);
    if (this.mode === 'aead_xchacha20_poly1305_rtpsize') {
      return Buffer.concat([header, xchacha20poly1305(this.key, this.#nonce, header).encrypt(content), counter]);
    }
    const cipher = createCipheriv('aes-256-gcm', this.#keyObject, this.#nonce);
    cipher.setAAD(header);
    return Buffer.concat([header, cipher.update(content), cipher.final(), cipher.getAuthTag(), counter]);
  }

  /** What is after the header of so many bytes. Throws where the packet is not authentic. */
  decrypt(packet: Buffer, headerBytes: number): Buffer {
    const nonce = Buffer.alloc(this.#nonce.length);
    const end = packet.length - COUNTER_BYTES;
    packet.copy(nonce, 0, end);
    const header = packet.subarray(0, headerBytes);
    if (this.mode === 'aead_xchacha20_poly1305_rtpsize') {
      return Buffer.from(xchacha20poly1305(this.key, nonce, header).decrypt(packet.subarray(headerBytes, end)));
    }
    const decipher = createDecipheriv('aes-256-gcm', this.#keyObject, nonce);
    decipher.setAAD(header);
    decipher.setAuthTag(packet.subarray(end - TAG_BYTES, end));
    return Buffer.concat([decipher.update(packet.subarray(headerBytes, end - TAG_BYTES)), decipher.final()]);
  }
}
