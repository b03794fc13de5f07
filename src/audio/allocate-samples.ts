/** Gives an array of so many samples, whatever is in it. */
export type AllocateSamples = (length: number) => Float32Array;

export const allocateSamples: AllocateSamples = (length) => new Float32Array(length);

/** Gives the same array for as long as the same length is asked for: short arrays by the thousand are slow to get. */
export function reusedSamples(): AllocateSamples {
  let last = new Float32Array(0);
  return (length) => (last.length === length ? last : (last = new Float32Array(length)));
}
