import { signal } from '@preact/signals';

const KEY = 'undertone-theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

/** The theme that is seen: the system's, until somebody chose. */
export const theme = signal<'light' | 'dark'>('light');

function apply(): void {
  const chosen = localStorage.getItem(KEY);
  theme.value = chosen === 'light' || chosen === 'dark' ? chosen : dark.matches ? 'dark' : 'light';
  document.documentElement.dataset.theme = theme.value;
}

apply();
dark.addEventListener('change', apply);

/** Changes to the other theme, from now on. */
export function switchTheme(): void {
  localStorage.setItem(KEY, theme.value === 'dark' ? 'light' : 'dark');
  apply();
}
