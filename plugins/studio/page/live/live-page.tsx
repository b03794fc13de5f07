import { useMemo } from 'preact/hooks';
import { CurrentEmotion } from './current-emotion.tsx';
import { Live } from './live.ts';
import { Player } from './player.ts';
import { SegmentList } from './segment-list.tsx';
import { SourcePanel } from './source-panel.tsx';
import { Timeline } from './timeline.tsx';

/** Speak or drop a recording, and see how it sounds. */
export function LivePage() {
  const live = useMemo(() => new Live(), []);
  const player = useMemo(() => new Player(), []);
  const voices = live.voices.value;
  return (
    <>
      <h1 class="visually-hidden">Live</h1>
      <div class="live-top">
        <SourcePanel live={live} />
        <CurrentEmotion live={live} player={player} />
      </div>
      <section class="panel" aria-label="Timeline">
        <Timeline live={live} player={player} />
      </section>
      {voices.length > 0 && (
        <section class="panel">
          <SegmentList voices={voices} player={player} />
        </section>
      )}
    </>
  );
}
