import { Emotion } from '../emotion.tsx';
import { clock, length, percent } from '../words.ts';
import type { Player } from './player.ts';
import type { Segment, Voice } from './voice.ts';

/** More rows would make a long session slow; what is older is on the timeline. */
const MOST_ROWS = 200;

/** What was heard, the latest first; each stretch can be played while the page holds its sound. */
export function SegmentList({ voices, player }: { readonly voices: readonly Voice[]; readonly player: Player }) {
  const rows = voices
    .flatMap((voice) => voice.segments.value.map((segment) => ({ voice, segment })))
    .sort((a, b) => b.segment.startMs - a.segment.startMs)
    .slice(0, MOST_ROWS);
  return (
    <>
      <h2>Segments</h2>
      {rows.length === 0 ? (
        <p class="empty">A stretch of speech comes here when it is complete.</p>
      ) : (
        <ol class={`segments ${voices.length > 1 ? 'named' : ''}`} reversed>
          {rows.map(({ voice, segment }) => (
            <Row key={`${voice.id} ${segment.startMs}`} {...{ voice, segment, player }} isNamed={voices.length > 1} />
          ))}
        </ol>
      )}
    </>
  );
}

interface RowParts {
  readonly voice: Voice;
  readonly segment: Segment;
  readonly player: Player;
  readonly isNamed: boolean;
}

function Row({ voice, segment: { startMs, endMs, label, confidence, uncertain }, player, isNamed }: RowParts) {
  const playing = player.playing.value;
  const isPlaying = playing?.startMs === startMs && playing.voices.includes(voice);
  const isHeld = startMs >= voice.sound.startMs;
  const toggle = (): void => {
    if (isPlaying) player.stop();
    else player.play([voice], startMs, endMs);
  };
  return (
    <li class={isPlaying ? 'playing' : ''}>
      <button
        type="button"
        class="play"
        disabled={!isHeld}
        title={isHeld ? '' : 'The page holds the last ten minutes'}
        aria-label={`${isPlaying ? 'Stop' : 'Play'} ${label} at ${clock(startMs)}`}
        onClick={toggle}
      >
        {isPlaying ? '■' : '▶'}
      </button>
      <span class="at">{clock(startMs)}</span>
      {isNamed && <span class="who">{voice.name}</span>}
      <Emotion label={label} />
      <span class="number">{percent(confidence)}</span>
      <span>{uncertain && <span class="tag">uncertain</span>}</span>
      <span class="long">{length(endMs - startMs)}</span>
    </li>
  );
}
