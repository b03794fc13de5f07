import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Note } from '../note.tsx';
import { SegmentBlocks } from '../segment-blocks.tsx';
import { useAnswer } from '../use-answer.ts';
import { length, when } from '../words.ts';
import { Alerts } from './alerts.tsx';
import { Compare } from './compare.tsx';
import { Confirm, type Question } from './confirm.tsx';
import { Exports } from './exports.tsx';
import { SpeakerCard } from './speaker-card.tsx';
import { deleteSession, loadSession, purge } from './session-api.ts';
import { durationOf, speakerRows, titleOf, type SessionRecord } from './session-record.ts';

/** A session that goes on is asked for so often. */
const FRESH_MS = 3000;
/** Longer sessions scroll: a minute has at least so many pixels. */
const PX_A_MINUTE = 600;

/** One session: who sounded how, when. */
export function SessionPage({ id }: { readonly id: string }) {
  const [answer, again] = useAnswer(id, () => loadSession(id));
  const question = useSignal<Question | null>(null);
  const { value: record, error } = answer.value;
  const isOpen = record?.session.state === 'open';
  useEffect(() => {
    if (!isOpen) return;
    const timer = setInterval(again, FRESH_MS);
    return () => {
      clearInterval(timer);
    };
  }, [isOpen]);
  return (
    <>
      <p class="back">
        <a href="#/sessions">← All sessions</a>
      </p>
      {error !== null && <Note kind="error">{error}</Note>}
      {record === null && error === null && <p class="empty">Asking the host …</p>}
      {record && <Session {...{ record, question, again }} />}
      <Confirm question={question} />
    </>
  );
}

interface SessionParts {
  readonly record: SessionRecord;
  readonly question: { value: Question | null };
  readonly again: () => void;
}

function Session({ record, question, again }: SessionParts) {
  const { session, alerts } = record;
  const { summary } = session;
  const rows = speakerRows(record);
  const askToDelete = (): void => {
    question.value = {
      title: 'Delete this session?',
      text: 'All that was heard in it goes for good.',
      yes: 'Delete',
      act: async () => {
        await deleteSession(session.id);
        location.hash = '#/sessions';
      },
    };
  };
  const askToPurge = (speaker: string, name: string): void => {
    question.value = {
      title: `Forget ${name}?`,
      text: `All that is kept of ${name} goes for good: in this session and in all others, and what is known of the voice. ${name} is not heard again before agreeing anew.`,
      yes: 'Forget',
      act: async () => {
        await purge(session, speaker);
        again();
      },
    };
  };
  return (
    <>
      <div class="page-head">
        <div>
          <h1>{titleOf(session)}</h1>
          <p class="of">
            {session.platform} · {when(session.startedAtMs)}
            {summary && ` · ${length(summary.durationMs)}, ${length(summary.speechMs)} of speech`} · model{' '}
            {session.model}
            {session.state === 'open' && ' · goes on'}
            {session.state === 'interrupted' && ' · cut short: the host ended before it did'}
          </p>
        </div>
        <Exports record={record} />
        <button type="button" class="quiet danger" disabled={session.state === 'open'} onClick={askToDelete}>
          Delete
        </button>
      </div>
      <Lines record={record} />
      <Alerts alerts={alerts} nameOf={(speaker) => rows.find((row) => row.speaker === speaker)?.name} again={again} />
      <div class="cards">
        {summary?.speakers.map((speaker) => (
          <SpeakerCard
            key={speaker.speaker}
            summary={speaker}
            onPurge={() => {
              askToPurge(speaker.speaker, speaker.name);
            }}
          />
        ))}
      </div>
      {summary && summary.speakers.length > 1 && <Compare speakers={summary.speakers} />}
    </>
  );
}

function Lines({ record }: { readonly record: SessionRecord }) {
  const durationMs = durationOf(record);
  const rows = speakerRows(record);
  return (
    <section class="panel">
      <h2>Timeline</h2>
      {rows.length === 0 ? (
        <p class="empty">Nobody is in this session (any more).</p>
      ) : (
        <div class="timeline" tabIndex={0} role="region" aria-label="Emotions over time">
          <div class="line" style={{ width: `max(100%, ${(durationMs / 60_000) * PX_A_MINUTE}px)` }}>
            {rows.map(({ speaker, name, segments, gaps }) => (
              <div class="row" role="group" aria-label={name} key={speaker}>
                <span class="row-name">{name}</span>
                <SegmentBlocks {...{ segments, gaps }} place={(ms) => `${(100 * ms) / durationMs}%`} />
              </div>
            ))}
          </div>
        </div>
      )}
    </section>
  );
}
