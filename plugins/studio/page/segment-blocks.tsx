import { colourOf, Mark } from './emotion.tsx';
import { clock, percent } from './words.ts';

/** A stretch of speech as it is drawn. */
interface Block {
  readonly startMs: number;
  readonly endMs: number;
  readonly label: string;
  readonly confidence: number;
  readonly uncertain: boolean;
}

interface BlockParts<Segment extends Block> {
  readonly segments: readonly Segment[];
  /** What is not complete yet. */
  readonly underWay?: Block | null;
  readonly gaps?: readonly { readonly startMs: number; readonly endMs: number; readonly reason: string }[];
  /** Where a time lies, as a length of CSS. */
  readonly place: (ms: number) => string;
  /** Absent: there is nothing to do with them. */
  readonly onPick?: (segment: Segment) => void;
}

/** Segments on a line of time: colour, shape and word; hatched where they are uncertain. */
export function SegmentBlocks<Segment extends Block>(parts: BlockParts<Segment>) {
  const { segments, underWay, gaps = [], place, onPick } = parts;
  const extent = ({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }) => ({
    left: place(startMs),
    width: `calc(${place(endMs)} - ${place(startMs)} - 1px)`,
  });
  return (
    <ol class="blocks">
      {gaps.map((gap) => (
        <li key={`gap ${gap.startMs}`} class="gap" style={extent(gap)} title={`Sound was ${gap.reason}`} />
      ))}
      {segments.map((segment) => (
        <li key={segment.startMs} style={{ ...extent(segment), '--colour': colourOf(segment.label) }}>
          <Inner
            segment={segment}
            onPick={
              onPick &&
              (() => {
                onPick(segment);
              })
            }
          />
        </li>
      ))}
      {underWay && (
        <li class="under-way" style={{ ...extent(underWay), '--colour': colourOf(underWay.label) }} aria-hidden="true">
          <Inner segment={underWay} />
        </li>
      )}
    </ol>
  );
}

function Inner({ segment, onPick }: { readonly segment: Block; readonly onPick?: (() => void) | undefined }) {
  const { startMs, label, confidence, uncertain } = segment;
  const words = `${clock(startMs)} ${label} ${percent(confidence)}${uncertain ? ', uncertain' : ''}`;
  const inner = (
    <>
      <Mark label={label} size={14} />
      <span aria-hidden="true">
        {label}
        {uncertain && '?'}
      </span>
    </>
  );
  const style = `block ${uncertain ? 'uncertain' : ''}`;
  if (!onPick) {
    return (
      <span class={style} title={words}>
        {inner}
        <span class="visually-hidden">{words}</span>
      </span>
    );
  }
  return (
    <button type="button" class={style} title={words} aria-label={`Play ${words}`} onClick={onPick}>
      {inner}
    </button>
  );
}
