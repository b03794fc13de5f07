import type { FeatureMatrix } from './feature-matrix.ts';
import type { FrameView } from './pipeline.ts';

/** A feature of single frames: `dims` values each. */
export interface FrameFeature {
  readonly dims: number;
  /** Writes the values of the frame that the pipeline has just analysed to `out`, from `offset` on. */
  write(frame: FrameView, out: Float32Array, offset: number): void;
  /**
   * Present where a setting refers to the whole recording. `setting` names it, with its cure; `collect` makes the
   * memory of one recording, of so many frames where that is known.
   */
  readonly clip?: { readonly setting: string; readonly cure: string; collect(expectedFrames?: number): ClipCollector };
}

/** Gathers what a feature must know of a whole recording before any of its values is final. */
export interface ClipCollector {
  /** Takes one frame; may write preliminary values to `out`. */
  write(frame: FrameView, out: Float32Array, offset: number): void;
  /**
   * Fills in the final values, in the columns of `matrix` from `column` on. Returns false where what was kept does
   * not suffice, because the recording is long: then the same collector must see all its frames a second time.
   */
  finish(matrix: FeatureMatrix, column: number): boolean;
}
