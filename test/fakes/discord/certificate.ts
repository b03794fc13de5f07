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
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
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
