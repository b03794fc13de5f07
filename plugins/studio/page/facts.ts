import { effect, signal } from '@preact/signals';
import { BASE, type ModelFacts } from '../src/protocol.ts';
import { token } from './access.ts';
import { ask, connection } from './api.ts';

/** What the page knows of the model that hears; null until the host has said it. */
export const facts = signal<ModelFacts | null>(null);

/** While the host is gone, it is asked so often whether it is back. */
const RETRY_MS = 2000;

async function load(): Promise<void> {
  try {
    facts.value = await ask<ModelFacts>(`${BASE}/model.json`);
  } catch {
    // `connection` says what is wrong.
  }
}

/** Asks the host now, with each new token, and again while it is gone. */
export function keepFacts(): void {
  effect(() => {
    if (token.value === '') connection.value = 'refused';
    else void load();
  });
  setInterval(() => {
    if (connection.value === 'gone') void load();
  }, RETRY_MS);
}
