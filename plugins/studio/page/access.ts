import { signal } from '@preact/signals';

const KEY = 'undertone-token';

/**
 * The token that the page asks with. It comes with the address that the host prints, behind "#", which no request and no
 * log has; it is taken out of the address bar, and kept for this tab alone.
 */
export const token = signal(takeToken());

function takeToken(): string {
  const [, given] = /^#token=(.+)$/.exec(location.hash) ?? [];
  if (given === undefined) return sessionStorage.getItem(KEY) ?? '';
  history.replaceState(null, '', location.pathname);
  return keep(decodeURIComponent(given));
}

function keep(value: string): string {
  sessionStorage.setItem(KEY, value);
  return value;
}

/** Takes a token that somebody typed. */
export function enterToken(value: string): void {
  token.value = keep(value.trim());
}

// A new address in the same tab: the host was started again.
addEventListener('hashchange', () => {
  if (location.hash.startsWith('#token=')) token.value = takeToken();
});
