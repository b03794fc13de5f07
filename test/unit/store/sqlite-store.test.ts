import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { openStore } from '../../../src/store/index.ts';
import { testStoreContract } from '../../contract/store-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-store-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
let files = 0;

testStoreContract('SQLite', () => openStore({ path: join(folder, `${files++}.db`) }));
