/**
 * What is posted back into a conversation, and where to. `ref` is the plugin's own, opaque and serialisable, so that an annotation
 * can be posted late, or by another process.
 */
export interface Annotation {
  readonly id: string;
  readonly sessionId: string;
  readonly kind: 'emotion' | 'alert' | 'summary';
  /** Plain data; the plugin makes its platform's message of it. */
  readonly content: Readonly<Record<string, unknown>>;
}
