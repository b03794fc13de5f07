/** What the command line says to the shell. */
export const EXIT = { good: 0, failed: 1, wrongUse: 2 } as const;
