/**
 * Runs `work`, which must not wait for anything, with the console's errors switched off: the WASM decoders print there
 * what they also return.
 */
export function quietly<T>(work: () => T): T {
  const output = globalThis.console;
  const error = Object.getOwnPropertyDescriptor(output, 'error');
  Object.defineProperty(output, 'error', { value: () => undefined, configurable: true });
  try {
    return work();
  } finally {
    // Consoles that inherit the method get it back when the stand-in goes.
    delete (output as Partial<Console>).error;
    if (error !== undefined) Object.defineProperty(output, 'error', error);
  }
}
