import type { EventStreaming } from './event-streaming.ts';
import type { Host } from './host.ts';

/** Counts of the HTTP server. */
export interface RequestCounts {
  readonly requests: number;
  readonly refused: number;
  readonly failed: number;
}

/** What goes on, in Prometheus's text format (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export function metricsText(host: Host, streaming: EventStreaming, http: RequestCounts): string {
  const lines: string[] = [];
  const say = (name: string, type: 'gauge' | 'counter', help: string, value: number, labels = ''): void => {
    const full = `undertone_${name}`;
    if (!lines.includes(`# TYPE ${full} ${type}`)) lines.push(`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`);
    lines.push(`${full}${labels} ${value}`);
  };
  const sessions = [...host.engine.sessions.values()];
  const writes = host.writes.counts();
  say('sessions_open', 'gauge', 'Conversations that are heard now.', sessions.length);
  say(
    'tracks_open',
    'gauge',
    'Speakers who are heard now.',
    sessions.reduce((sum, { tracks }) => sum + tracks.size, 0),
  );
  say('hearing_backlog', 'gauge', 'Stretches of speech that wait to be heard.', host.engine.backlog);
  say('hearing_faults_total', 'counter', 'Failures inside of hearing.', host.faults);
  say('not_speech_seconds_total', 'counter', 'Music, noise and tones that were left out.', host.notSpeechMs / 1_000);
  say('writes_queued', 'gauge', 'Rows that wait for the store.', writes.queued);
  say('writes_total', 'counter', 'Rows that the store took.', writes.written);
  say('writes_dropped_total', 'counter', 'Rows that had no room.', writes.dropped);
  say('writes_rejected_total', 'counter', 'Rows that the store refused for good.', writes.rejected);
  say('store_failures_total', 'counter', 'Writes that failed and were tried again.', writes.failures);
  say(
    'purges_unfinished',
    'gauge',
    'People whose data may not all be deleted.',
    host.consent.unfinishedPurges().length,
  );
  say('streams_open', 'gauge', 'Readers of live events.', streaming.count);
  say('streams_cut_off_total', 'counter', 'Readers of live events that were too slow.', streaming.cutOff);
  say('http_requests_total', 'counter', 'Requests.', http.requests);
  say('http_refused_total', 'counter', 'Requests that were answered by a status of 400 to 499.', http.refused);
  say('http_failed_total', 'counter', 'Requests that were answered by a status of 500 or more.', http.failed);
  for (const { name, health } of host.plugins) {
    say(
      'plugin_healthy',
      'gauge',
      'Whether a plugin does what it should.',
      health === 'healthy' ? 1 : 0,
      `{plugin="${name}"}`,
    );
  }
  say('resident_memory_bytes', 'gauge', 'Memory of the process.', process.memoryUsage.rss());
  return `${lines.join('\n')}\n`;
}
