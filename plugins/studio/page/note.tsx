import type { ComponentChildren } from 'preact';

/** Something to read: an error is read out at once. */
export function Note({ kind, children }: { readonly kind: 'error' | 'hint'; readonly children: ComponentChildren }) {
  return (
    <p class={`note ${kind}`} role={kind === 'error' ? 'alert' : undefined}>
      {children}
    </p>
  );
}
