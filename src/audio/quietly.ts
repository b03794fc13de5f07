/**
 * Runs `work`, which must not wait for anything, with the console's errors switched off: the WASM decoders print there
 * what they also return.
 */
export function quietly<T>(work: () => T): T {
  const output = globalThis.console;
  const { error } = output;
  output.error = () => undefined;
  try {
    return work();
  } finally {
    output.error = error;
  }
}
