const KEY = 'undertone-browser';

/** Somebody's id: of this browser, and of their name, so that two people at one machine are not taken for one voice. */
export function speakerId(name: string): string {
  let browser = localStorage.getItem(KEY);
  if (browser === null) localStorage.setItem(KEY, (browser = crypto.randomUUID().slice(0, 8)));
  const bytes = new TextEncoder().encode(name.trim().toLowerCase());
  const letters = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${browser}:${letters}`.slice(0, 100);
}
