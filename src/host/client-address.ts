import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Whether a text is an address, or a net of addresses as `10.0.0.0/8`. */
export function isNet(text: string): boolean {
  const [, address = '', bits = '0'] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  return isIP(address) !== 0 && Number(bits) <= (isIP(address) === 4 ? 32 : 128);
}

/** What a request says of where it comes from. */
interface AskedFrom extends Pick<IncomingMessage, 'headers'> {
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Who asks, behind the proxies that a configuration trusts. */
export class ClientAddresses {
  readonly #trusted = new BlockList();

  /** @param trustedProxies addresses, and nets of them */
  constructor(trustedProxies: readonly string[]) {
    for (const net of trustedProxies) {
      const [address = '', bits = familyOf(address) === 'ipv6' ? '128' : '32'] = net.split('/');
      this.#trusted.addSubnet(address, Number(bits), familyOf(address));
    }
  }

  /**
   * The address of whoever asks. `X-Forwarded-For` is read from its end, for as long as a trusted proxy wrote it: what
   * stands before that, anybody may have written.
   */
  of({ socket, headers }: AskedFrom): string {
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
    let address = plain(socket.remoteAddress ?? '');
    while (this.#trusted.check(address, familyOf(address))) {
      const before = plain(forwarded.pop()?.trim() ?? '');
      if (isIP(before) === 0) break;
      address = before;
    }
    return address;
  }
}

/** IPv4 as it comes through a socket for both. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');
