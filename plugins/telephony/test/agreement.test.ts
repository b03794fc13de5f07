// A call is heard as the recording of it is, whichever carrier brings it.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  decodeAudio,
  decodeMulaw,
  EmotionPredictor,
  encodeMulaw,
  findRecordings,
  resample,
  TrackThreads,
} from 'undertone';
import { utterances } from '../../../test/helpers/live.ts';
import { DIALECTS } from '../src/settings.ts';
import { play } from '../src/simulate/played-carrier.ts';
import { ALL_SETTINGS, newCall, player } from './helpers/drivers.ts';
import { running, type Running } from './helpers/running.ts';

const CORPORA = new URL('../../../../shared/corpora', import.meta.url).pathname;
/** At 50 times its speed a call would have fallen silent whenever the machine does something else for a moment. */
const IDLE_MS = 60_000;
let threads: TrackThreads;
let served: Running;
let predictor: EmotionPredictor;

beforeAll(async () => {
  threads = await TrackThreads.start({ settings: { idleMs: IDLE_MS } });
  // Each call is by somebody who was never heard before.
  served = await running(ALL_SETTINGS, { rememberVoices: false }, threads);
  predictor = await EmotionPredictor.load();
});

afterAll(async () => {
  await served.close();
  await threads.close();
});

/** How the recording of a call sounds to a file's predictor, as of a voice that nothing is known of. */
async function predicted(sound: Float32Array, rateHz: number, isMulaw: boolean): Promise<string[]> {
  const telephone = isMulaw ? decodeMulaw(encodeMulaw(sound)) : sound;
  const { segments } = await predictor.predictRecording([resample(telephone, rateHz, predictor.sampleRateHz)], {
    adapt: false,
  });
  return segments.map(({ label }) => label);
}

/** The labels of a call in which the customer says so, likewise: a call knows a voice by what it has said so far. */
async function called(dialect: (typeof DIALECTS)[number], sound: Float32Array, rateHz: number): Promise<string[]> {
  const { under, plugin, url, asOwner } = served;
  const call = newCall();
  const carrier = player(dialect, call, url, plugin);
  const before = under.tracks.length;
  await carrier.connect();
  // A moment of silence, in which the notice is written down and the ears are opened.
  carrier.send({ customer: new Float32Array(carrier.rateHz / 50) });
  await under.until('the caller is heard', () => under.tracks.length > before);
  const labels: string[] = [];
  under.sessions.at(-1)!.events.subscribe((event) => {
    if (event.type === 'emotion' && event.of === 'segment') labels.push(event.normal?.labelWithout ?? event.label);
  });
  await play(carrier, [sound], rateHz, { speed: 50 });
  await carrier.hangUp();
  await under.until('the report is there', async () => (await asOwner(`/calls/${call.callId}/report.json`)).ok);
  return labels;
}

test.each(DIALECTS)('%s: the labels are those of the recording', async (dialect) => {
  const rateHz = dialect === 'vonage' || dialect === 'chan-websocket' ? 16_000 : 8_000;
  const sound = resample(utterances().subarray(0, 9 * 48_000), 48_000, rateHz);
  const isMulaw = ['signalwire', 'telnyx', 'plivo', 'genesys'].includes(dialect);
  expect(await called(dialect, sound, rateHz)).toEqual(await predicted(sound, rateHz, isMulaw));
});

const why = existsSync(CORPORA) ? '' : ' (skipped: there are no corpora beside the checkout)';
(why === '' ? test : test.skip)(
  `so are those of recordings of a corpus${why}`,
  async () => {
    const recordings = await clips();
    const labels = await Promise.all(
      recordings.map(async (path) => {
        const { samples, sampleRateHz } = await decodeAudio(path);
        const sound = resample(samples, sampleRateHz, 8_000);
        return { sound, file: await predicted(sound, 8_000, true) };
      }),
    );
    let agreed = 0;
    for (const { sound, file } of labels) {
      const call = await called('telnyx', sound, 8_000);
      if (JSON.stringify(call) === JSON.stringify(file)) agreed++;
    }
    // Close calls (calm or neutral) may fall otherwise, by where a segment is felt to begin.
    expect(agreed / labels.length).toBeGreaterThanOrEqual(0.7);
  },
  120_000,
);

/** Ten recordings, from all over the corpora. */
async function clips(): Promise<string[]> {
  const all = await findRecordings(CORPORA);
  const step = Math.max(1, Math.floor(all.length / 10));
  return all.filter((_, at) => at % step === 0).slice(0, 10);
}
