import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** The file that holds `cert`. */
  readonly path: string;
  readonly remove: () => void;
}

/** A certificate for localhost that is its own authority: clients connect to voice servers by wss:// alone. */
export async function selfSignedCertificate(): Promise<Certificate> {
  // Each has a name of its own: of two authorities of one name, a client may try the wrong one.
  const name = `fake Discord ${randomUUID()}`;
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  const folder = mkdtempSync(join(tmpdir(), 'fake-discord-'));
  const path = join(folder, 'certificate.pem');
  writeFileSync(path, cert);
  return {
    key,
    cert,
    path,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
