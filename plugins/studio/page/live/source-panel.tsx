import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { Note } from '../note.tsx';
import { percent } from '../words.ts';
import { LevelMeter } from './level-meter.tsx';
import type { Live } from './live.ts';

const NAME_KEY = 'undertone-name';

/** Where sound comes from: a microphone or a recording; and the way to end it, and to have it forgotten. */
export function SourcePanel({ live }: { readonly live: Live }) {
  const phase = live.phase.value;
  const isBusy = phase === 'opening' || phase === 'live' || phase === 'ending';
  const problem = live.problem.value;
  return (
    <section class="panel source" aria-label="What is heard">
      {isBusy ? <Running live={live} /> : <Choice live={live} />}
      {problem && (
        <Note kind="error">
          <strong>{problem.message}</strong> {problem.remedy}
        </Note>
      )}
      <p class="said" role="status">
        {live.said}
      </p>
      {live.socket.value && live.voices.value.length > 0 && (
        <button
          type="button"
          class="quiet danger"
          disabled={phase === 'ending'}
          onClick={() => {
            live.forget();
          }}
        >
          Forget {live.source.value === 'microphone' ? 'me' : 'this recording'}
        </button>
      )}
    </section>
  );
}

function Choice({ live }: { readonly live: Live }) {
  const name = useSignal(localStorage.getItem(NAME_KEY) ?? 'Me');
  const start = (): void => {
    const given = name.value.trim() || 'Me';
    localStorage.setItem(NAME_KEY, given);
    void live.startMicrophone(given);
  };
  return (
    <>
      <form
        class="start"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <label>
          Your name{' '}
          <input
            value={name}
            maxLength={100}
            autocomplete="off"
            onInput={({ currentTarget: { value } }) => (name.value = value)}
          />
        </label>
        <button type="submit" class="primary">
          Start the microphone
        </button>
      </form>
      <p class="consent">
        By <em>Start</em> you agree that Undertone hears how you sound. Sound is stored nowhere: it stays in this page,
        for playing it back. What was heard – emotions over time, under your name – the host keeps, until you press{' '}
        <em>Forget me</em>.
      </p>
      <DropZone live={live} />
    </>
  );
}

function DropZone({ live }: { readonly live: Live }) {
  const isOver = useSignal(false);
  const apart = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  const take = (files: FileList | null | undefined): void => {
    const [file] = files ?? [];
    if (file) void live.startRecording(file, apart.value);
    if (input.current) input.current.value = '';
  };
  return (
    <div
      class={`drop ${isOver.value ? 'over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        isOver.value = true;
      }}
      onDragLeave={() => (isOver.value = false)}
      onDrop={(event) => {
        event.preventDefault();
        isOver.value = false;
        take(event.dataTransfer?.files);
      }}
    >
      <label class="file">
        <span>
          Drop a recording here, or <u>choose one</u>
        </span>
        <input
          ref={input}
          type="file"
          accept="audio/*,video/*,.flac,.opus"
          onChange={({ currentTarget: { files } }) => {
            take(files);
          }}
        />
      </label>
      <label class="check">
        <input type="checkbox" checked={apart} onChange={({ currentTarget: { checked } }) => (apart.value = checked)} />{' '}
        A speaker on each of two channels
      </label>
      <small>Drop one only if all who speak in it agreed.</small>
    </div>
  );
}

function Running({ live }: { readonly live: Live }) {
  const phase = live.phase.value;
  const isRecording = live.source.value === 'recording';
  return (
    <>
      <p class="running">
        {phase === 'live' && <span class="dot" aria-hidden="true" />}
        {phase === 'opening' && 'Waiting for the microphone and the host …'}
        {phase === 'live' && !isRecording && 'Listening'}
        {phase === 'live' && isRecording && `Hearing ${live.title.value}: ${percent(live.progress.value)}`}
        {phase === 'ending' && 'Hearing the rest …'}
      </p>
      {live.voices.value.map((voice) => (
        <LevelMeter key={voice.id} voice={voice} />
      ))}
      <button
        type="button"
        class="primary stop"
        disabled={phase !== 'live'}
        onClick={() => {
          live.stop();
        }}
      >
        Stop
      </button>
    </>
  );
}
