import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { EmotionPrediction } from 'undertone';
import { Mark } from '../emotion.tsx';
import { facts } from '../facts.ts';
import { capital, clock, percent } from '../words.ts';
import type { Live } from './live.ts';
import type { Player } from './player.ts';
import { useFrames } from './use-frames.ts';
import type { Voice } from './voice.ts';

/** How each voice sounds now; while something is played back, how it sounded there. */
export function CurrentEmotion({ live, player }: { readonly live: Live; readonly player: Player }) {
  const voices = live.voices.value;
  return (
    <section class="panel current" aria-label="How it sounds now">
      {voices.length === 0 ? <Waiting /> : voices.map((voice) => <Now key={voice.id} {...{ voice, live, player }} />)}
    </section>
  );
}

function Waiting() {
  return (
    <div class="waiting">
      <div class="marks">
        {facts.value?.emotions.map(({ label }) => (
          <span key={label}>
            <Mark label={label} size={20} /> {label}
          </span>
        ))}
      </div>
      <p>Undertone hears how something is said, not what. Speak for a few seconds: the first answer comes after one.</p>
    </div>
  );
}

interface NowParts {
  readonly voice: Voice;
  readonly live: Live;
  readonly player: Player;
}

function Now({ voice, live, player }: NowParts) {
  const positionMs = useSignal<number | null>(null);
  useFrames(player.playing.value !== null, () => (positionMs.value = player.positionMs));
  const heard = useComputed((): EmotionPrediction | null => {
    const atMs = player.playing.value && positionMs.value;
    if (atMs === null) return live.phase.value === 'over' ? overall(live, voice) : voice.current.value;
    return voice.segments.value.find(({ startMs, endMs }) => startMs <= atMs && atMs < endMs) ?? null;
  });
  const said = useSignal('');
  useSignalEffect(() => {
    const now = heard.value;
    if (now) said.value = now.uncertain ? 'uncertain' : now.label;
  });
  const now = heard.value;
  const at = timeOf(live, player.playing.value && positionMs.value);
  return (
    <div class="now">
      <h2>
        {voice.name} <small>{at}</small>
      </h2>
      <p class="now-label">
        {now ? (
          <>
            <Mark label={now.label} size={44} />
            <span>
              <strong>{now.uncertain ? 'Uncertain' : capital(now.label)}</strong>
              <small>
                {now.uncertain ? `most like ${now.label}, ${percent(now.confidence)}` : percent(now.confidence)}
              </small>
            </span>
          </>
        ) : (
          <span>
            <strong class="silent">Nobody speaks</strong>
          </span>
        )}
      </p>
      <p class="visually-hidden" role="status">
        {said}
      </p>
      <Scores scores={now?.scores ?? {}} />
    </div>
  );
}

/** Of which time the emotion is that is shown. */
function timeOf(live: Live, positionMs: number | null): string {
  if (positionMs !== null) return clock(positionMs);
  return live.phase.value === 'over' ? 'all together' : 'now';
}

/** How a voice sounded over the whole session. */
function overall(live: Live, { id, current }: Voice): EmotionPrediction | null {
  const speaker = live.summary.value?.speakers.find(({ speaker }) => speaker === id);
  if (speaker?.dominant == null) return current.value;
  const { dominant: label, shares: scores, uncertainShare } = speaker;
  return { label, confidence: scores[label]!, scores, uncertain: uncertainShare > 0.5 };
}

/** All scores of a prediction, in the model's order. */
function Scores({ scores }: { readonly scores: Readonly<Record<string, number>> }) {
  return (
    <ul class="scores">
      {facts.value?.emotions.map(({ label, colour }) => (
        <li key={label}>
          <Mark label={label} size={14} /> <span>{label}</span>
          <span class="bar">
            <span style={{ width: `${100 * (scores[label] ?? 0)}%`, background: colour }} />
          </span>
          <span class="number">{percent(scores[label] ?? 0)}</span>
        </li>
      ))}
    </ul>
  );
}
