import type { IncomingMessage } from 'node:http';
import twilio from 'twilio';

/** Where the host serves us: by the plugin's own place, and by its name. */
const PLACES = ['/twilio', '/plugins/twilio'];

/** A form as Twilio posts it. */
export type Form = Readonly<Record<string, string | string[]>>;

/** Checks that requests come from Twilio: their signature is over the public address, which a proxy may hide from us. */
export class Signatures {
  readonly #authToken: string | undefined;
  readonly #publicUrl: string | undefined;

  /** @param authToken undefined: everybody is believed, which is for this machine alone */
  constructor(authToken: string | undefined, publicUrl: string | undefined) {
    this.#authToken = authToken;
    this.#publicUrl = publicUrl;
  }

  /** Whether a webhook is Twilio's. */
  isWebhook(request: IncomingMessage, form: Form): boolean {
    return this.#isSigned(request, [this.#publicUrl ?? ''], form);
  }

  /** Whether an upgrade is Twilio's. It is signed as `wss://`; some of Twilio's parts sign it as `https://`. */
  isUpgrade(request: IncomingMessage): boolean {
    const origin = this.#publicUrl ?? '';
    return this.#isSigned(request, [origin.replace(/^http/, 'ws'), origin], {});
  }

  #isSigned({ headers, url = '/' }: IncomingMessage, origins: readonly string[], form: Form): boolean {
    const token = this.#authToken;
    if (token === undefined) return true;
    const signature = headers['x-twilio-signature'];
    if (typeof signature !== 'string' || signature.length > 64) return false;
    const addresses = origins.flatMap((origin) => PLACES.map((place) => origin + place + url));
    return addresses
      .flatMap((address) => (address.endsWith('/') ? [address, address.slice(0, -1)] : [address, `${address}/`]))
      .some((address) => twilio.validateRequest(token, signature, address, form));
  }
}
