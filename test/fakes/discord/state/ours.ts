/** What a test hands back must be what it got from this fake, not something that looks like it. */
export function ours<T>(type: new (...parts: never[]) => T, one: unknown): T {
  if (!(one instanceof type)) throw new TypeError(`this is no ${type.name} of the fake Discord's`);
  return one;
}
