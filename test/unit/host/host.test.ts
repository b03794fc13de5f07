// The host as a plugin sees it, with the model that ships and a real store.
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Annotation } from '../../../src/live/index.ts';
import type { Host, HostSession } from '../../../src/host/index.ts';
import { newStorePath, now, startHost, testPlatform, voicePackets, type TestPlatform } from '../../helpers/host.ts';

const ANNE = { speaker: 'anne#1', role: 'participant', name: 'Anne' } as const;
const BERT = { speaker: 'bert#2', role: 'customer' } as const;
const SPACE = { space: 'room' };
const anne = voicePackets(4, 220);
const bert = voicePackets(3, 110);

let running: Host | undefined;

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

async function start(
  path: string,
  ...args: Parameters<typeof startHost> extends [string, ...infer Rest] ? Rest : never
) {
  const { host, lines } = await startHost(path, ...args);
  running = host;
  return { host, lines };
}

async function openSession(platform: TestPlatform): Promise<HostSession> {
  const session = platform.host().openSession({ ...SPACE, title: 'A talk', metadata: { line: '1' } });
  await session.noticeGiven('a panel');
  return session;
}

async function speak(session: HostSession, speaker: Parameters<HostSession['openTrack']>[0], packets = anne) {
  const track = await session.openTrack(speaker, { codec: 'opus' });
  for (const packet of packets) track.write(now(packet));
  return track;
}

describe('what sessions say is kept', () => {
  test('session, tracks, segments, gaps, alerts, the summary and the voice', async () => {
    const platform = testPlatform();
    const rules = [
      { name: 'any', emotion: ['angry', 'happy', 'sad', 'neutral', 'fearful', 'disgust', 'calm', 'surprised'] },
    ];
    const { host, lines } = await start(newStorePath(), [platform], {
      abstainBelow: 0,
      alertRules: rules.map((rule) => ({ ...rule, above: 0, forMs: 1 })),
    });
    const session = await openSession(platform);
    const track = await speak(session, ANNE);
    track.gap(100, 200);
    await speak(session, BERT, bert);
    await session.closeTrack(track);
    const summary = await session.end();
    await host.writes.flush();

    const record = (await host.store.session(session.id))!;
    expect(record.session).toMatchObject({ platform: 'test', space: 'room', title: 'A talk', metadata: { line: '1' } });
    expect(record.session).toMatchObject({ model: 'default', state: 'ended' });
    expect(JSON.parse(JSON.stringify(record.session.summary))).toEqual(JSON.parse(JSON.stringify(summary)));
    expect(record.tracks.map(({ speaker, name, role }) => [speaker, name, role])).toEqual([
      ['anne#1', 'Anne', 'participant'],
      ['bert#2', 'bert#2', 'customer'],
    ]);
    expect(record.tracks.every(({ closedAtMs }) => closedAtMs !== null)).toBe(true);
    const segments = summary.speakers.reduce((sum, speaker) => sum + speaker.segments, 0);
    expect(segments).toBeGreaterThan(0);
    expect(record.segments).toHaveLength(segments);
    expect(record.gaps).toContainEqual(expect.objectContaining({ startMs: 100, endMs: 200, reason: 'platform' }));
    expect(record.alerts).toHaveLength(summary.alerts);
    expect(summary.alerts).toBeGreaterThan(0);
    const voice = await host.store.voice({ platform: 'test', ...SPACE, speaker: 'anne#1' }, 'default');
    expect(voice?.statistics).toMatchObject({ frames: expect.any(Number) });
    expect(lines.join('\n')).not.toMatch(/anne|bert/i);
  });

  test('a voice is known in the next session, after a restart too; a purge removes it and all else', async () => {
    const path = newStorePath();
    const platform = testPlatform();
    const first = await start(path, [platform]);
    await speak(await openSession(platform), ANNE);
    await first.host.stop();

    const { host } = await start(path, [platform]);
    const session = await openSession(platform);
    const shares: number[] = [];
    session.events.subscribe((event) => {
      if (event.type === 'emotion' && event.normal) shares.push(event.normal.share);
    });
    await session.closeTrack(await speak(session, ANNE));
    expect(shares[0]).toBeGreaterThan(0.1);

    const person = { ...SPACE, speaker: ANNE.speaker };
    await speak(session, ANNE);
    expect(await platform.host().consent.purge(person, { by: ANNE.speaker })).toMatchObject({ failed: [] });
    session.annotate({ kind: 'emotion', content: {}, ref: 1, speaker: ANNE.speaker, idempotencyKey: 'late' });
    const summary = await session.end();
    await host.writes.flush();
    expect(summary.speakers).toEqual([]);
    expect(await host.store.dueAnnotations(1e15)).toEqual([]);
    expect(await host.store.voice({ ...person, platform: 'test' }, 'default')).toBeNull();
    const { sessions } = await host.store.sessions();
    const records = await Promise.all(sessions.map(({ id }) => host.store.session(id)));
    expect(records).toHaveLength(2);
    expect(JSON.stringify(records)).not.toContain('anne');
    expect(JSON.stringify(await host.store.consentEntries(0))).not.toContain('anne');
  });

  test('who was purged is not heard after a restart either, where a notice is enough for others; until they grant', async () => {
    const path = newStorePath();
    const platform = testPlatform();
    const first = await start(path, [platform]);
    await speak(await openSession(platform), ANNE);
    const person = { ...SPACE, speaker: ANNE.speaker };
    await platform.host().consent.purge(person, { by: ANNE.speaker });
    await first.host.stop();

    await start(path, [platform]);
    const session = await openSession(platform);
    expect(session.mayHear(ANNE)).toEqual({ allowed: false, reason: 'withdrawn' });
    expect(session.mayHear(BERT)).toEqual({ allowed: true });
    await platform.host().consent.grant(person, { by: ANNE.speaker });
    expect(session.mayHear(ANNE)).toEqual({ allowed: true });
  });

  test('a stop ends sessions that are open, with their summaries', async () => {
    const path = newStorePath();
    const platform = testPlatform();
    const { host } = await start(path, [platform]);
    const session = await openSession(platform);
    await speak(session, ANNE);
    expect(await host.stop()).toBe(0);
    const again = await start(path, []);
    const { session: stored } = (await again.host.store.session(session.id))!;
    expect(stored).toMatchObject({ state: 'ended', summary: { speakers: [{ speaker: 'anne#1' }] } });
  });
});

test('a host whose time to end is over still keeps what it has', async () => {
  const path = newStorePath();
  const hangs = testPlatform('test', { stop: () => new Promise(() => undefined) });
  const { host, lines } = await start(path, [hangs], { drainMs: 100 });
  const session = await openSession(hangs);
  await speak(session, ANNE);
  const begun = performance.now();
  expect(await host.stop()).toBe(0);
  expect(performance.now() - begun).toBeLessThan(6000);
  expect(lines.join()).toContain('"during":"stop","fault":"PLUGIN_FAILED"');
  const again = await start(path, []);
  expect((await again.host.store.session(session.id))!.session.state).toMatch(/ended|interrupted/);
});

describe('plugins', () => {
  test('one that throws costs itself alone', async () => {
    const good = testPlatform('good');
    const bad = testPlatform('bad', {
      start: () => Promise.reject(new Error('the token of anne#1 is wrong')),
    });
    const worse = testPlatform('worse', {
      stop() {
        throw new TypeError('never');
      },
    });
    const { host, lines } = await start(newStorePath(), [bad, good, worse]);
    expect(host.plugins.map(({ name, health }) => [name, health])).toEqual([
      ['bad', 'unhealthy'],
      ['good', 'healthy'],
      ['worse', 'healthy'],
    ]);
    await (await openSession(good)).end();
    expect(await host.stop()).toBe(0);
    expect(lines.join('\n')).toContain('"plugin":"bad","during":"start","fault":"Error"');
    expect(lines.join('\n')).toContain('"plugin":"worse","during":"stop","fault":"TypeError"');
    expect(lines.join('\n')).not.toContain('anne');
  });

  test('a session may have rules of its own; a plugin sees its own records, and what is held about a person', async () => {
    const [platform, other] = [testPlatform(), testPlatform('other')];
    const { host } = await start(newStorePath(), [platform, other], { consent: { mode: 'opt-in' }, abstainBelow: 0 });
    const labels = platform.host().hearing.labels;
    expect(platform.host().hearing).toMatchObject({ model: 'default', consentMode: 'opt-in' });
    const rule = { name: 'any', emotion: [...labels], above: 0, forMs: 1, minConfidence: 0, scope: 'speaker' as const, coolDownMs: 0, resetAfterPauseMs: 0 }; // prettier-ignore
    const session = platform.host().openSession(SPACE, { consentMode: 'announce', alertRules: [rule] });
    expect(session.mayHear(ANNE)).toMatchObject({ allowed: false, reason: 'no-notice' });
    await session.noticeGiven('a panel');
    const track = await speak(session, ANNE);
    await session.closeTrack(track);
    const { alerts } = await session.end();
    expect(alerts).toBeGreaterThan(0);

    const { records, consent } = platform.host();
    const person = { space: 'room', speaker: ANNE.speaker };
    expect(consent.mayHear(person, 'participant', true)).toMatchObject({ allowed: false, reason: 'not-granted' });
    expect(consent.mayHear(person, 'participant', true, 'announce')).toEqual({ allowed: true });
    expect(await records.sessions({})).toMatchObject([{ id: session.id }]);
    const held = await records.heldAbout(person);
    expect([held.sessions.length, held.segments.length > 0]).toEqual([1, true]);
    const record = (await records.session(session.id))!;
    expect(await records.acknowledgeAlert(record.alerts[0]!.id)).toBe(true);
    // Another platform's are none of its business.
    expect(await other.host().records.sessions({})).toEqual([]);
    expect(await other.host().records.session(session.id)).toBeNull();
    expect(await other.host().records.deleteSession(session.id)).toBe(false);
    expect(await records.deleteSession(session.id)).toBe(true);
    await platform.host().memory.set('a', [1]);
    expect([await platform.host().memory.get('a'), await other.host().memory.get('a')]).toEqual([[1], null]);
    expect(Array.from(await platform.host().memory.all(''))).toEqual([['a', [1]]]);
    await host.stop();
  });

  test('a name that is none is refused', async () => {
    await expect(startHost(newStorePath(), [testPlatform('../x')])).rejects.toMatchObject({ code: 'PLUGIN_INVALID' });
    for (const mountAt of ['/v1', 'x', '/a/b', '/']) {
      await expect(startHost(newStorePath(), [testPlatform('x', { mountAt })])).rejects.toMatchObject({ code: 'PLUGIN_INVALID' }); // prettier-ignore
    }
  });

  test('settings and secrets are the plugin’s own', async () => {
    const platform = testPlatform('my-phone');
    const environment = { UNDERTONE_MY_PHONE_AUTH_TOKEN: 's3cret' };
    await start(newStorePath(), [platform], { plugins: { 'my-phone': { line: 7 } } }, environment);
    const { config } = platform.host();
    expect(config.settings).toEqual({ line: 7 });
    expect([config.secret('authToken'), config.secret('other')]).toEqual(['s3cret', undefined]);
  });

  test('an annotation is posted as soon as it is written down', async () => {
    const posted: string[] = [];
    const platform = testPlatform('test', {
      publish(_, { kind }) {
        posted.push(kind);
        return Promise.resolve();
      },
    });
    const { host } = await start(newStorePath(), [platform]);
    const session = await openSession(platform);
    session.annotate({ kind: 'alert', content: {}, ref: 1, idempotencyKey: 'k' });
    await host.writes.flush();
    // From here on it looks for nothing more.
    await host.outbox.stop();
    expect(posted).toEqual(['alert']);
  });

  test('annotations are posted, again where that fails, and after a restart, with one key', async () => {
    const path = newStorePath();
    const posted: { ref: unknown; annotation: Annotation; key: string }[] = [];
    let failures = 1;
    const platform = testPlatform('test', {
      publish(ref, annotation, { idempotencyKey: key }) {
        posted.push({ ref, annotation, key });
        return failures-- > 0 ? Promise.reject(new Error('away')) : Promise.resolve();
      },
    });
    const { host } = await start(path, [platform]);
    const session = await openSession(platform);
    const annotation = {
      kind: 'summary',
      content: { text: 'calm' },
      ref: { channel: 5 },
      idempotencyKey: 'k',
    } as const;
    session.annotate(annotation);
    session.annotate(annotation);
    await host.writes.flush();
    await host.outbox.drain();
    expect(posted).toHaveLength(1);
    expect(host.plugin('test')!.health).toBe('unhealthy');
    await host.stop();

    const again = await start(path, [platform]);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await again.host.outbox.drain();
    await again.host.outbox.drain();
    expect(posted).toHaveLength(2);
    expect(posted[1]).toEqual(posted[0]);
    expect(posted[1]).toMatchObject({ ref: { channel: 5 }, key: 'test:k', annotation: { kind: 'summary' } });
    expect(await again.host.store.dueAnnotations(Date.now() + 1e9)).toEqual([]);
    expect(again.host.plugin('test')!.health).toBe('healthy');
  });
});
