import type { OpenContext } from './container.ts';
import type { OggPage, OggTally } from './ogg-pages.ts';

/** What a codec in Ogg gets to work with. */
export interface OggStream {
  /** The pages that follow `firstPage`, of all logical streams. */
  readonly pages: AsyncGenerator<OggPage, void>;
  /** The codec's first page, copied. */
  readonly firstPage: OggPage;
  /** The packet on it: the codec's identification header. */
  readonly head: Uint8Array;
  readonly tally: OggTally;
  readonly context: OpenContext;
}

/** Says what the pages showed to be wrong; `ended` is whether the stream's last page was seen. */
export function reportOgg({ context, tally }: OggStream, ended: boolean, missing: boolean): void {
  if (!ended || tally.cut) context.warn('truncated', 'The file ends before the recording does.');
  // A single gap right at the end is the rest of what was cut off.
  if (missing || tally.gaps > (ended ? 0 : 1))
    context.warn('damaged', 'Some of the recording is damaged and was left out.');
}
