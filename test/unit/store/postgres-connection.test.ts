import { expect, test } from '@jest/globals';
import { openStore } from '../../../src/store/index.ts';
import { closedAfterEach } from '../../helpers/closed-stores.ts';
import { createDatabase, dropDatabase, noPostgres, onPostgres } from '../../helpers/postgres.ts';
import { aSession } from '../../helpers/store-rows.ts';

const closed = closedAfterEach();

const failed = (url: string): Promise<unknown> => openStore({ url }).catch((error: unknown) => error);

test('a server that cannot be reached is named without the password', async () => {
  const error = await failed('postgres://undertone:s3cret@127.0.0.1:1/calls');
  expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', subject: 'postgres://127.0.0.1:1/calls' });
  expect((error as Error).cause).toBeUndefined();
  expect(String(error)).toContain('ECONNREFUSED');
  expect(String(error)).not.toMatch(/s3cret|undertone:/);
});

test.each(['postgres://u:s3cret@[bad/x', 'mysql://u:s3cret@host/x', 's3cret'])(
  '%s is no PostgreSQL URL',
  async (url) => {
    const error = await failed(url);
    expect(error).toMatchObject({ code: 'STORE_INVALID' });
    expect(JSON.stringify(error) + String(error)).not.toContain('s3cret');
  },
);

const onServer = noPostgres === null ? test : test.skip;
onServer(noPostgres ?? 'connections that the server ends are replaced', async () => {
  const url = await createDatabase();
  const store = await closed(openStore({ url }));
  await store.write([aSession('s')]);
  const own = `from pg_stat_activity where application_name = 'undertone' and datname = current_database()`;
  await onPostgres(url, `select pg_terminate_backend(pid) ${own}`);
  // The server's answer comes before the connections are gone.
  while ((await onPostgres(url, `select ${own}`)).length > 0);
  // The first may meet the connection that is gone before the pool has heard of it.
  await store.sessions().catch(() => undefined);
  expect((await store.sessions()).sessions.length).toBe(1);
  await store.close();
  await dropDatabase(url);
  const gone = await failed(url);
  expect(gone).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(String(gone)).toContain('Create the database');
});
