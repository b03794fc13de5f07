import type { SpeakerSummary } from 'undertone';
import { Emotion, Mark } from '../emotion.tsx';
import { clock, length, percent } from '../words.ts';
import { labelsOf, SharesBar } from './shares-bar.tsx';

const MOST_TURNS = 6;
const MOST_PEAKS = 3;

/** What was heard of one speaker. */
export function SpeakerCard({ summary, onPurge }: { readonly summary: SpeakerSummary; readonly onPurge: () => void }) {
  const {
    name,
    role,
    talkMs,
    talkShare,
    shares,
    dominant,
    uncertainShare,
    turningPoints,
    peaks,
    longestStreaks,
    gapMs,
  } = summary;
  const isSilent = talkMs === 0;
  return (
    <section class="panel card" aria-label={name}>
      <h2>
        {name} {role !== 'participant' && <small>{role}</small>}
      </h2>
      <p class="of">
        {isSilent ? 'said nothing' : `${length(talkMs)} of speech, ${percent(talkShare)} of all`}
        {gapMs > 500 && ` · ${length(gapMs)} never came`}
      </p>
      {!isSilent && (
        <>
          <SharesBar shares={shares} />
          <ul class="share-list">
            {labelsOf(shares)
              .filter((label) => (shares[label] ?? 0) >= 0.005)
              .sort((a, b) => shares[b]! - shares[a]!)
              .map((label) => (
                <li key={label}>
                  <Emotion label={label} /> <span class="number">{percent(shares[label]!)}</span>
                </li>
              ))}
          </ul>
          <dl>
            <dt>Mostly</dt>
            <dd>{dominant !== null && <Emotion label={dominant} />}</dd>
            <dt>Uncertain</dt>
            <dd>{percent(uncertainShare)} of the speech</dd>
            <dt>Turned</dt>
            <dd>
              {turningPoints.length === 0 && 'never'}
              {turningPoints.slice(0, MOST_TURNS).map(({ atMs, from, to }) => (
                <span class="turn" key={atMs}>
                  {clock(atMs)} <Mark label={from} size={13} /> {from} → <Mark label={to} size={13} /> {to}
                </span>
              ))}
              {turningPoints.length > MOST_TURNS && `and ${turningPoints.length - MOST_TURNS} times more`}
            </dd>
            <dt>Peaks</dt>
            <dd>
              {peaks.slice(0, MOST_PEAKS).map(({ label, atMs, score }) => (
                <span class="turn" key={label}>
                  <Emotion label={label} /> {percent(score)} at {clock(atMs)}
                </span>
              ))}
            </dd>
            {longestStreaks[0] && (
              <>
                <dt>Longest</dt>
                <dd>
                  <Emotion label={longestStreaks[0].label} /> for {length(longestStreaks[0].speechMs)} from{' '}
                  {clock(longestStreaks[0].startMs)}
                </dd>
              </>
            )}
          </dl>
        </>
      )}
      <button type="button" class="quiet danger" onClick={onPurge}>
        Forget {name}
      </button>
    </section>
  );
}
