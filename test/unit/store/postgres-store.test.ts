import { afterAll, beforeAll, test } from '@jest/globals';
import { openStore } from '../../../src/store/index.ts';
import { testStoreContract } from '../../contract/store-contract.ts';
import { createDatabase, dropDatabase, emptyTables, noPostgres } from '../../helpers/postgres.ts';

if (noPostgres === null) {
  let url: string;
  beforeAll(async () => {
    url = await createDatabase();
  });
  afterAll(() => dropDatabase(url));

  testStoreContract('PostgreSQL', async () => {
    const store = await openStore({ url });
    await emptyTables(url);
    return store;
  });
} else {
  test.skip(noPostgres, () => undefined);
}
