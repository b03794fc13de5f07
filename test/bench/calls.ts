// So many two-track calls at once, through WebSockets from another process, at real time.
import { spawn } from 'node:child_process';
import { loadavg } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { SpeakerTrack } from '../../src/live/index.ts';
import { startTwilio } from '../fakes/twilio/start.ts';
import { threeDigits } from './measure.ts';
import type { SenderPlan, SenderReport } from './call-sender.ts';

const CALLS = Number(process.env.BENCH_CALLS ?? 300);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 60);
const MEGABYTE = 2 ** 20;

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return threeDigits(sorted[Math.floor(share * sorted.length)] ?? 0);
}

/** The sender in a process of its own, so that its cost is told apart. */
async function send(plan: SenderPlan): Promise<SenderReport> {
  const sender = new URL('./call-sender.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', sender, JSON.stringify(plan)], { stdio: ['ignore', 'pipe', 'inherit'] }); // prettier-ignore
  let text = '';
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) text += chunk.toString();
  return JSON.parse(text) as SenderReport;
}

/** What so many calls cost, what is lost, and how long a window waits for its emotion and a segment for its annotation. */
export async function benchCalls(): Promise<object> {
  const world = await startTwilio({
    settings: (url) => ({
      agent: { hear: true },
      stream: { most: 2 * CALLS },
      annotations: { webhook: { url, kinds: ['emotion', 'alert', 'summary'] } },
    }),
    config: {
      threads: 2,
      consent: { mode: 'announce', allowWorkplaceAndEducation: true, legalNotice: 'a benchmark' },
    },
  });
  const { host } = world;
  const tracks = new Set<SpeakerTrack>();
  const [windows, memory]: [number[], number[]] = [[], []];
  let [gaps, segments, mostCalls] = [0, 0, 0];
  host.events.subscribe((event) => {
    if (event.type === 'gap') gaps++;
    if (event.type !== 'emotion') return;
    if (event.of === 'segment') segments++;
    const session = host.engine.sessions.get(event.sessionId);
    if (event.of === 'window' && session) windows.push(event.arrivedAtMs - session.startedAtMs - event.mediaMs);
  });
  const watching = setInterval(() => {
    mostCalls = Math.max(mostCalls, host.engine.sessions.size);
    for (const session of host.engine.sessions.values()) for (const track of session.tracks) tracks.add(track);
    memory.push(process.memoryUsage().rss / MEGABYTE);
  }, 500);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const [before, mainBefore, began] = [process.cpuUsage(), process.threadCpuUsage(), performance.now()];
  delay.enable();
  const { accountSid } = world.api;
  const sent = await send({ url: world.server.url, accountSid, authToken: world.authToken, calls: CALLS, seconds: SECONDS }); // prettier-ignore
  delay.disable();
  const { user, system } = process.cpuUsage(before);
  const elapsedMs = performance.now() - began;
  const main = process.threadCpuUsage(mainBefore);
  const coresOf = (microseconds: number): number => threeDigits(microseconds / 1_000 / elapsedMs);
  const callSeconds = CALLS * SECONDS;
  clearInterval(watching);
  await host.writes.flush();
  const pending = (await host.store.dueAnnotations(Number.MAX_SAFE_INTEGER, 100_000)).length;
  const received = [...tracks].reduce((sum, track) => sum + track.received, 0);
  const quarter = Math.floor(memory.length / 4);
  const mean = (some: readonly number[]): number =>
    threeDigits(some.reduce((sum, value) => sum + value, 0) / some.length);
  await world.close();
  return {
    ...{ calls: CALLS, atOnce: mostCalls, seconds: SECONDS, machineLoad: loadavg().map(threeDigits) },
    ...{ framesSent: sent.frames, framesReceived: received, dropped: sent.frames - received, gaps },
    ...{ windows: windows.length, segments, annotationsPosted: world.posts.size, annotationsPending: pending },
    windowEndToAnnotationMs: {
      p50: percentile(windows, 0.5),
      p95: percentile(windows, 0.95),
      p99: percentile(windows, 0.99),
    },
    eventLoopDelayP99Ms: threeDigits(delay.percentile(99) / 1e6),
    host: {
      cores: coresOf(user + system),
      mainThreadCores: coresOf(main.user + main.system),
      cpuMsPerCallSecond: threeDigits((user + system) / 1_000 / callSeconds),
    },
    sender: { cores: sent.cores, failed: sent.failed, faults: sent.faults, latestFrameMs: sent.latestMs },
    memoryMiB: {
      secondQuarter: mean(memory.slice(quarter, 2 * quarter)),
      lastQuarter: mean(memory.slice(3 * quarter)),
    },
  };
}
