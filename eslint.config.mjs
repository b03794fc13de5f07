import tseslint from 'typescript-eslint';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';

/**
 * Who may import whom inside src/. A room that is not in another room's list is forbidden to it.
 * Plugins and everything outside use the package's door (src/index.ts) alone.
 */
const rooms = {
  errors: [],
  kernels: [],
  audio: ['errors', 'kernels'],
  features: ['errors', 'kernels', 'audio'],
  pictures: ['errors', 'features'],
  corpora: ['errors', 'audio', 'features', 'pictures'],
  onnx: ['errors'],
  networks: ['errors', 'onnx', 'features'],
  training: ['errors', 'audio', 'features', 'pictures', 'corpora', 'onnx', 'networks', 'predictor'],
  predictor: ['errors', 'audio', 'features', 'pictures'],
  live: ['errors', 'audio', 'features', 'predictor'],
  store: ['errors', 'live'],
  host: ['errors', 'audio', 'features', 'predictor', 'live', 'store', 'pictures'],
  calls: ['errors', 'live', 'host'],
};

const path = (room) => (room === 'errors' ? './src/errors.ts' : `./src/${room}`);
const zones = Object.entries(rooms).flatMap(([room, allowed]) => {
  const forbidden = [...Object.keys(rooms), 'cli', 'index'].filter(
    (other) => other !== room && !allowed.includes(other),
  );
  return forbidden.map((other) => ({
    target: path(room),
    from: other === 'index' ? './src/index.ts' : path(other),
    message: `src/${room} must not import ${other}: dependencies point one way.`,
  }));
});
zones.push({ target: './src', from: './plugins', message: 'The engine never imports a plugin.' });
zones.push({
  target: './plugins',
  from: './src',
  message: "A plugin imports the engine by its name, 'undertone', never by path.",
});

export default tseslint.config(
  { ignores: ['**/dist/', '**/*.d.ts', 'coverage/', 'docs/api/', 'src/kernels/assembly/', 'node_modules/'] },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.check.json', './plugins/*/tsconfig.page.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    settings: { 'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.tsx', '.js', '.json'] })] },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-default-export': 'error',
      'import-x/no-cycle': 'error',
      'no-console': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/prefer-for-of': 'off',
    },
  },
  { files: ['src/cli/**/*.ts', 'test/bench/**/*.ts', 'scripts/**/*'], rules: { 'no-console': 'off' } },
);
