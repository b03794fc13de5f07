// The rules of the house are lint rules: these tests show that they bite.
import { expect, test } from '@jest/globals';
import { ESLint } from 'eslint';

// Where CI is set, the parser would take a file's text from the disk instead of the text that is given to it.
const eslint = new ESLint({
  overrideConfig: { languageOptions: { parserOptions: { disallowAutomaticSingleRunInference: true } } },
});

/** The rules that a text breaks where it stands in place of an existing file. */
async function brokenRules(filePath: string, text: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(text, { filePath });
  return result!.messages.map(({ ruleId }) => ruleId);
}

test.each([
  ['src/audio/index.ts', "import '../features/index.ts';"],
  ['src/features/index.ts', "import '../cli/version.ts';"],
  ['src/features/index.ts', "import '../pictures/index.ts';"],
  ['src/kernels/kernel-memory.ts', "import '../errors.ts';"],
  ['src/errors.ts', "import './audio/index.ts';"],
  ['src/pictures/index.ts', "import '../index.ts';"],
])('dependencies point one way: %s must not say %s', async (filePath, text) => {
  expect(await brokenRules(filePath, text)).toContain('import-x/no-restricted-paths');
});

test.each([
  ['src/features/index.ts', "import '../audio/index.ts';"],
  ['src/cli/main.ts', "import '../features/index.ts';"],
])('and the right way is open: %s may say %s', async (filePath, text) => {
  expect(await brokenRules(filePath, text)).not.toContain('import-x/no-restricted-paths');
});

test('a promise that nobody awaits is an error, in tests too', async () => {
  const text = 'async function f(): Promise<void> { await Promise.resolve(); }\nf();\n';
  for (const filePath of ['src/cli/main.ts', 'test/unit/architecture.test.ts']) {
    expect(await brokenRules(filePath, text)).toContain('@typescript-eslint/no-floating-promises');
  }
});
