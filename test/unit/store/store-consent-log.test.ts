// What the ledger of consent knows after a restart, on the databases that there are.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ConsentLedger } from '../../../src/live/index.ts';
import { openStore, StoreConsentLog, type Store, type StoreOptions } from '../../../src/store/index.ts';
import { DATABASES } from '../../helpers/databases.ts';
import { ANNA, BEN, conversation } from '../../helpers/store-rows.ts';

const TOLD = { noticeGiven: true };

describe.each(DATABASES)('the consent log in $name', (database) => {
  let options: StoreOptions;
  let store: Store;

  beforeEach(async () => {
    options = await database.create();
    store = await openStore(options);
  });

  afterEach(async () => {
    await store.close();
    await database.drop(options);
  });

  async function open(): Promise<ConsentLedger> {
    const ledger = await ConsentLedger.open(new StoreConsentLog(store), {}, () => 1000);
    ledger.register({ name: 'store', purge: (subject) => store.purgeSpeaker(subject, 'ledger') });
    return ledger;
  }

  async function restart(): Promise<ConsentLedger> {
    await store.close();
    store = await openStore(options);
    return open();
  }

  test('grants, their ends, withdrawals and notices outlive a restart', async () => {
    const before = await open();
    await before.grant(ANNA, { by: ANNA.speaker });
    await before.grant(BEN, { by: BEN.speaker, expiresAtMs: 1000 });
    await before.grant({ ...ANNA, speaker: 'carl' }, { by: 'x' });
    await before.withdraw({ ...ANNA, speaker: 'carl' }, { by: 'x' });
    await before.recordNotice(ANNA, { by: 'a panel' });
    await before.recordRefusal({ ...ANNA, speaker: 'dora' }, 'not-granted', 'phone');
    const after = await restart();
    const verdict = (speaker: string) => after.mayHear({ ...ANNA, speaker }, 'participant', TOLD);
    expect(verdict(ANNA.speaker)).toEqual({ allowed: true });
    expect(verdict(BEN.speaker)).toEqual({ allowed: false, reason: 'grant-expired' });
    expect(verdict('carl')).toEqual({ allowed: false, reason: 'withdrawn' });
    expect(verdict('dora')).toEqual({ allowed: false, reason: 'not-granted' });
  });

  test('a purged person is named no more after a restart, is not heard, and is free to come back', async () => {
    const before = await open();
    await before.grant(ANNA, { by: ANNA.speaker, detail: `${ANNA.speaker} said so` });
    await before.grant(BEN, { by: ANNA.speaker });
    await store.write(conversation('s'));
    expect(await before.purge(ANNA, { by: ANNA.speaker })).toEqual({ purged: ['store'], failed: [] });
    expect(await database.dump(options)).not.toContain(ANNA.speaker);

    const after = await restart();
    expect(after.unfinishedPurges()).toEqual([]);
    expect(after.mayHear(ANNA, 'participant', TOLD)).toEqual({ allowed: false, reason: 'withdrawn' });
    expect(after.mayHear(BEN, 'participant', TOLD)).toEqual({ allowed: true });
    await after.grant(ANNA, { by: ANNA.speaker });
    const again = await restart();
    expect(again.mayHear(ANNA, 'participant', TOLD)).toEqual({ allowed: true });
    expect((await again.purge(ANNA, { by: 'x' })).failed).toEqual([]);
    expect(await database.dump(options)).not.toContain(ANNA.speaker);
    expect((await store.consentLog(ANNA)).map(({ action }) => action)).toEqual(expect.arrayContaining(['grant', 'purge', 'purged'])); // prettier-ignore
  });

  test('a purge that a crash cut short is known, and can be done again', async () => {
    await store.write(conversation('s'));
    await store.appendConsent({ ...ANNA, atMs: 1, action: 'grant', by: ANNA.speaker });
    await store.appendConsent({ ...ANNA, atMs: 2, action: 'purge', by: ANNA.speaker });
    const ledger = await restart();
    expect(ledger.unfinishedPurges()).toEqual([ANNA]);
    expect(ledger.mayHear(ANNA, 'participant', TOLD)).toEqual({ allowed: false, reason: 'purge-unfinished' });
    await ledger.purge(ANNA, { by: 'start' });
    expect(await database.dump(options)).not.toContain(ANNA.speaker);
    expect((await restart()).unfinishedPurges()).toEqual([]);
  });

  test('a grant during a purge holds after it', async () => {
    const ledger = await open();
    let granted: Promise<void> | undefined;
    ledger.register({
      name: 'another',
      async purge() {
        await store.consentEntries(0);
        granted = ledger.grant(ANNA, { by: 'x' });
        await granted;
      },
    });
    await ledger.purge(ANNA, { by: 'x' });
    await granted;
    expect(ledger.mayHear(ANNA, 'participant', TOLD)).toEqual({ allowed: true });
  });

  test('a long log is read whole', async () => {
    const granted = (index: number) =>
      store.appendConsent({ ...ANNA, speaker: `s${index}`, atMs: index, action: 'grant', by: 'x' });
    await Promise.all(Array.from({ length: 1001 }, (_, index) => granted(index)));
    const ledger = await open();
    for (const index of [0, 999, 1000]) {
      expect(ledger.mayHear({ ...ANNA, speaker: `s${index}` }, 'participant', TOLD)).toEqual({ allowed: true });
    }
  });
});
