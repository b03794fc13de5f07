import { createRequire } from 'node:module';
import { TestEnvironment } from 'jest-environment-node';

/**
 * Jest loads every test file's modules anew, but Node keeps native add-ons; @evan/opus, which wraps its add-on's
 * classes in place, would wrap them a second time and then decode everything to nothing. So the add-on is forgotten
 * before and after each file.
 */
export default class OpusEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    forgetOpus();
  }

  async teardown() {
    forgetOpus();
    await super.teardown();
  }
}

function forgetOpus() {
  const { cache } = createRequire(import.meta.url);
  for (const path of Object.keys(cache)) if (/@evan.opus.*\.node$/.test(path)) delete cache[path];
}
