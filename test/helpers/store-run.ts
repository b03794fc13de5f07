// A process of its own that uses a store: `open`s and closes it, `write`s until it is killed, or holds a `lock`.
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore, WriteBehind, type StoreOptions } from '../../src/store/index.ts';
import { aSegment, aSession, aTrack } from './store-rows.ts';

const [task, json] = process.argv.slice(2) as ['open' | 'write' | 'lock', string];
const options = JSON.parse(json) as StoreOptions;

if (task === 'lock') {
  const db = new DatabaseSync(options.path!);
  db.exec('begin exclusive');
  process.stdout.write('locked\n');
  process.stdin.resume();
  await once(process.stdin, 'end');
  db.close();
} else {
  // Several at once, so that those of other processes are met for certain.
  const stores = await Promise.all(Array.from({ length: task === 'open' ? 4 : 1 }, () => openStore(options)));
  const [store] = stores;
  if (task === 'write') {
    const writes = new WriteBehind(store!);
    writes.write(aSession('s', { startedAtMs: Date.now() }));
    writes.write(aTrack('t', 's'));
    for (let index = 0; ; index++) {
      writes.write(aSegment('t', 's', index));
      process.stdout.write(`${Date.now()}\n`);
      await sleep(2);
    }
  }
  await Promise.all(stores.map((opened) => opened.close()));
}
