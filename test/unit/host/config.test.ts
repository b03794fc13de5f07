import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  defaultConfigPath,
  describeConfig,
  hostConfigSchema,
  loadConfig,
  parseConfig,
} from '../../../src/host/index.ts';
import { temporaryFolder } from '../../helpers/command-line.ts';

const TOKEN = 't'.repeat(32);

/** What is said of a configuration that is refused. */
function refusal(value: unknown, environment: Record<string, string> = {}): string {
  try {
    parseConfig(value, environment);
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    return String(error);
  }
  throw new Error('it was not refused');
}

describe('the configuration', () => {
  test('the file that ships says all defaults and switches the studio on, and config/README.md explains them', async () => {
    const { config } = await loadConfig(defaultConfigPath(), {});
    expect(config).toEqual({ ...hostConfigSchema.parse({}), plugins: { studio: {} } });
    const shipped = JSON.parse(readFileSync(defaultConfigPath(), 'utf8')) as object;
    expect(shipped).toEqual({ ...config, alertRules: [{ ...config.alertRules[0], emotion: 'angry' }] });
    const readme = readFileSync(join(defaultConfigPath(), '../README.md'), 'utf8');
    for (const part of ['store', 'http'] as const) {
      for (const key of Object.keys(config[part])) expect(readme).toContain(`\`${part}.${key}`);
    }
    for (const key of Object.keys(config)) expect(readme).toContain(`\`${key}`);
  });

  test('the environment comes on top', () => {
    const environment = { UNDERTONE_HOST: '0.0.0.0', UNDERTONE_PORT: '0', UNDERTONE_ADMIN_TOKEN: `${TOKEN},${TOKEN}2` };
    const { config, secrets } = parseConfig({ http: { port: 1 } }, environment);
    expect(config.http).toMatchObject({ host: '0.0.0.0', port: 0 });
    expect(secrets.tokens).toEqual({ viewer: [], moderator: [], admin: [TOKEN, `${TOKEN}2`] });
  });

  test('what is wrong is named', async () => {
    expect(refusal({ http: { prot: 1 } })).toContain('"http.prot" is not a setting (did you mean "port"?)');
    expect(refusal({ consnet: {} })).toContain('did you mean "consent"?');
    expect(refusal({ http: { port: 70_000 } })).toContain('"http.port"');
    expect(refusal({}, { UNDERTONE_PORT: '80a' })).toContain('UNDERTONE_PORT');
    expect(refusal({}, { UNDERTONE_ADMIN_TOKEN: 'short' })).toContain('UNDERTONE_ADMIN_TOKEN');
    expect(refusal({ http: { host: '0.0.0.0' } })).toContain('no token');
    const path = join(temporaryFolder(), 'broken.json');
    writeFileSync(path, '{"secret": hunter2}');
    const error: unknown = await loadConfig(path, {}).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', subject: path });
    expect(String(error)).not.toContain('hunter2');
    await expect(loadConfig(join(path, 'none'), {})).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('a secret in the file is refused, and its variable named', () => {
    const found = [
      refusal({ store: { password: 'hunter2' } }),
      refusal({ store: { path: 'postgres://me:hunter2@db/x' } }),
      refusal({ http: { adminToken: 'hunter2' } }),
      refusal({ plugins: { 'my-phone': { authToken: 'hunter2' } } }),
    ];
    const variables = ['DATABASE_URL', 'DATABASE_URL', 'UNDERTONE_ADMIN_TOKEN', 'UNDERTONE_MY_PHONE_AUTH_TOKEN'];
    found.forEach((message, index) => {
      expect(message).toContain(`variable ${variables[index]}.`);
      expect(message).not.toContain('hunter2');
    });
  });

  test('its description hides secrets', () => {
    const loaded = parseConfig({}, { UNDERTONE_VIEWER_TOKEN: TOKEN, DATABASE_URL: 'postgres://me:hunter2@db/x' });
    const text = JSON.stringify(describeConfig(loaded));
    expect(text).toContain('"UNDERTONE_VIEWER_TOKEN":"1 set"');
    expect(text).toContain('"DATABASE_URL":"set"');
    expect(text).not.toMatch(/ttt|hunter2/);
  });
});
