import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { SegmentBlocks } from '../segment-blocks.tsx';
import { theme } from '../theme.ts';
import type { Live } from './live.ts';
import type { Player } from './player.ts';
import { drawSpectrogram } from './spectrogram-picture.ts';
import { drawTimeAxis } from './time-axis.ts';
import { useFrames } from './use-frames.ts';
import type { Voice } from './voice.ts';

/** Pixels a second. */
const ZOOMS = [5, 10, 20, 40, 80, 160] as const;

/**
 * A row for each speaker: what was heard, over the mel spectrogram of its sound. It scrolls along while somebody is heard,
 * unless one has scrolled back.
 */
export function Timeline({ live, player }: { readonly live: Live; readonly player: Player }) {
  const zoom = useSignal(3);
  const scroller = useRef<HTMLDivElement>(null);
  const line = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const voices = live.voices.value;
  const pxPerMs = ZOOMS[zoom.value]! / 1000;

  const draw = (): void => {
    const box = scroller.current;
    if (!box || box.clientWidth === 0) return;
    const endMs = Math.max(0, ...voices.map(({ sound }) => sound.endMs));
    line.current!.style.width = `${Math.max(box.clientWidth, endMs * pxPerMs)}px`;
    const positionMs = player.positionMs;
    head.current!.hidden = positionMs === null;
    if (positionMs !== null) {
      const x = positionMs * pxPerMs;
      head.current!.style.translate = `${x}px`;
      if (x < box.scrollLeft || x > box.scrollLeft + box.clientWidth - 20) box.scrollLeft = x - 40;
    } else if (follows.current && live.phase.value === 'live') box.scrollLeft = box.scrollWidth;
    const fromMs = box.scrollLeft / pxPerMs;
    const canvases = box.querySelectorAll('canvas');
    voices.forEach(({ spectrogram }, index) => {
      drawSpectrogram(canvases[index]!, spectrogram, { fromMs, pxPerMs, width: box.clientWidth });
    });
    drawTimeAxis(canvases[voices.length]!, { fromMs, pxPerMs, width: box.clientWidth });
  };

  useFrames(live.phase.value === 'live' || player.playing.value !== null, draw);
  useEffect(draw, [theme.value, live.phase.value, player.playing.value, zoom.value, voices]);
  useEffect(() => {
    const watching = new ResizeObserver(draw);
    watching.observe(scroller.current!);
    return () => {
      watching.disconnect();
    };
  });

  return (
    <>
      <div class="timeline-head">
        <h2>{voices.length === 0 ? 'Timeline' : live.title}</h2>
        <PlayAll live={live} player={player} />
        <div class="zoom">
          <button
            type="button"
            class="quiet"
            aria-label="Show more time"
            disabled={zoom.value === 0}
            onClick={() => zoom.value--}
          >
            −
          </button>
          <button
            type="button"
            class="quiet"
            aria-label="Show less time"
            disabled={zoom.value === ZOOMS.length - 1}
            onClick={() => zoom.value++}
          >
            +
          </button>
        </div>
      </div>
      <div
        class="timeline"
        ref={scroller}
        tabIndex={0}
        role="region"
        aria-label="Emotions over time"
        onScroll={({ currentTarget: box }) => {
          follows.current = box.scrollLeft + box.clientWidth > box.scrollWidth - 40;
          if (live.phase.value !== 'live') draw();
        }}
      >
        <div class="line" ref={line}>
          {voices.map((voice) => (
            <Row key={voice.id} {...{ voice, player, pxPerMs }} />
          ))}
          <canvas class="axis" aria-hidden="true" hidden={voices.length === 0} />
          <div class="playhead" ref={head} hidden />
        </div>
        {voices.length === 0 && <p class="empty">What is heard appears here, from left to right.</p>}
      </div>
    </>
  );
}

interface RowParts {
  readonly voice: Voice;
  readonly player: Player;
  readonly pxPerMs: number;
}

function Row({ voice, player, pxPerMs }: RowParts) {
  const underWay = voice.underWay.value;
  return (
    <div class="row" role="group" aria-label={voice.name}>
      <span class="row-name">{voice.name}</span>
      <SegmentBlocks
        segments={voice.segments.value}
        underWay={underWay}
        gaps={voice.gaps.value}
        place={(ms) => `${ms * pxPerMs}px`}
        onPick={({ startMs, endMs }) => {
          player.play([voice], startMs, endMs);
        }}
      />
      <canvas class="spectrogram" aria-hidden="true" />
    </div>
  );
}

/** Plays all that is held. */
function PlayAll({ live, player }: { readonly live: Live; readonly player: Player }) {
  const voices = live.voices.value;
  if (live.phase.value !== 'over' || voices.length === 0) return null;
  const isPlaying = player.playing.value !== null;
  const endMs = Math.max(...voices.map(({ sound }) => sound.endMs));
  return (
    <button
      type="button"
      onClick={() => {
        if (isPlaying) player.stop();
        else player.play(voices, 0, endMs);
      }}
    >
      {isPlaying ? '■ Stop' : '▶ Play'}
    </button>
  );
}
