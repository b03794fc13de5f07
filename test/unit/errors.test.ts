import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ERROR_CATALOGUE, UndertoneError, type ErrorCode } from '../../src/errors.ts';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && file !== 'errors.ts')
  .map((file) => readFileSync(join('src', file), 'utf8'))
  .join('\n');

describe('the error catalogue', () => {
  test.each(Object.keys(ERROR_CATALOGUE))('%s is thrown somewhere', (code) => {
    expect(sources).toContain(`'${code}'`);
  });

  test('an error names what is wrong with what, and what to do', () => {
    const cause = new Error('inner');
    const parts = { subject: 'x.wav', problem: 'has no bytes', remedy: 'Record it again.', cause };
    const error = new UndertoneError('AUDIO_EMPTY', parts);
    expect(error.message).toBe('x.wav: has no bytes. Record it again.');
    expect(error).toMatchObject({ name: 'UndertoneError', code: 'AUDIO_EMPTY', retryable: false, cause });
  });

  test.each(Object.entries(ERROR_CATALOGUE))('%s carries whether to try again', (code, { retryable }) => {
    const error = new UndertoneError(code as ErrorCode, { problem: 'p', remedy: 'r' });
    expect(error.retryable).toBe(retryable);
  });
});
