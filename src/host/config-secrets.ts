import { UndertoneError } from '../errors.ts';

const SECRET_NAME = /token|secret|password|passphrase|api_?key|private_?key|credential|database_?url/i;
const SECRET_VALUE = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i;

/**
 * Secrets come from the environment alone: a file ends up in backups, images and repositories.
 * @throws UndertoneError CONFIG_INVALID that names the setting and its variable, never the value
 */
export function refuseSecrets(value: unknown, subject: string, path: readonly string[] = []): void {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'string' && SECRET_VALUE.test(value)) refuse(subject, path);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    const here = [...path, key];
    if (SECRET_NAME.test(key) && inner !== null && typeof inner !== 'object') refuse(subject, here);
    refuseSecrets(inner, subject, here);
  }
}

function refuse(subject: string, path: readonly string[]): never {
  throw new UndertoneError('CONFIG_INVALID', {
    subject,
    problem: `"${path.join('.')}" is a secret, which must not lie in a file`,
    remedy: `Remove it, and set the environment variable ${variableFor(path)}.`,
  });
}

function variableFor(path: readonly string[]): string {
  const [first, plugin, ...rest] = path;
  if (first === 'plugins' && plugin !== undefined && rest.length > 0) return variableOf('UNDERTONE', plugin, ...rest);
  return first === 'store' || /database/i.test(path.at(-1) ?? '') ? 'DATABASE_URL' : 'UNDERTONE_ADMIN_TOKEN';
}

/** The environment's word for something: `UNDERTONE_DISCORD_TOKEN`. */
export function variableOf(...words: readonly string[]): string {
  return words
    .map((word) =>
      word
        .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
        .replace(/[^A-Za-z0-9]+/g, '_')
        .toUpperCase(),
    )
    .join('_');
}
