import type { Annotation } from 'undertone';
import type { AnnotationRef } from '../annotator.ts';

/** An annotation on its way to one target. */
export interface Delivery {
  readonly ref: AnnotationRef;
  readonly annotation: Annotation;
  /** The same each time that it is tried. */
  readonly idempotencyKey: string;
}

/**
 * Puts an annotation where it belongs, so that it is there once, however often it is called with it.
 * @throws what the API's client throws, or an UndertoneError
 */
export type Target = (delivery: Delivery) => Promise<void>;
