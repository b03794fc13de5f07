import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { corpusNamed, fetchCorpus, scanCorpora, type Corpus } from '../../../src/corpora/index.ts';
import { temporaryFolder } from '../../helpers/command-line.ts';
import { voiceWav } from '../../helpers/corpus-folder.ts';
import { serveFiles, type FileServer } from '../../helpers/file-server.ts';
import { encodeZip } from '../../helpers/zip-writer.ts';

const RETRY = { attempts: 2, delayMs: 1, silenceMs: 5_000 };
const hashOf = (algorithm: string, bytes: Uint8Array): string => createHash(algorithm).update(bytes).digest('hex');

let server: FileServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const mirror = async (files: Record<string, Uint8Array | string>) => (server = await serveFiles(files));

describe('RAVDESS, an archive', () => {
  const ARCHIVE = 'zenodo.org/records/1188976/files/Audio_Speech_Actors_01-24.zip';
  const official = corpusNamed('RAVDESS');
  /** The corpus with an archive of our own making. */
  const withArchive = (zip: Uint8Array): Corpus => {
    if (official.source.kind !== 'zip') throw new Error('RAVDESS is an archive');
    return { ...official, clips: 2, source: { ...official.source, md5: hashOf('md5', zip), bytes: zip.length } };
  };
  const zip = encodeZip({
    'Actor_01/': new Uint8Array(),
    'Actor_01/03-01-05-02-01-01-01.wav': voiceWav(1),
    'Actor_02/03-01-03-02-01-01-02.wav': voiceWav(2),
  });

  test('is fetched from its address, unpacked, and not fetched again', async () => {
    const { url, requests } = await mirror({ [ARCHIVE]: zip });
    const folder = temporaryFolder();
    const fetched = await fetchCorpus(withArchive(zip), folder, { mirror: `${url}/`, retry: RETRY });
    expect(fetched).toBe(join(folder, 'RAVDESS'));
    expect(existsSync(join(fetched, 'Audio_Speech_Actors_01-24.zip'))).toBe(false);
    expect((await scanCorpora(fetched)).manifest.entries.map(({ emotion }) => emotion)).toEqual(['happy', 'angry']);
    await fetchCorpus(withArchive(zip), folder, { mirror: url });
    expect(requests.map(({ path }) => path)).toEqual([ARCHIVE]);
  });

  test('of wrong bytes is refused', async () => {
    const { url } = await mirror({ [ARCHIVE]: zip });
    const wrong = fetchCorpus(official, temporaryFolder(), { mirror: url, retry: RETRY });
    await expect(wrong).rejects.toMatchObject({ code: 'DOWNLOAD_CORRUPT' });
  });

  test.each([
    ['that leads out of the folder', encodeZip({ '../escaped.wav': voiceWav(1) }), /invalid relative path/],
    ['that is absolute', encodeZip({ '/tmp/undertone-escaped.wav': voiceWav(1) }), /absolute path/],
    ['of no archive at all', new Uint8Array(1_000), /no sound ZIP archive/],
  ])('with a name %s is refused, and nothing is written', async (_, hostile, message) => {
    const { url } = await mirror({ [ARCHIVE]: hostile });
    const folder = temporaryFolder();
    const refused = fetchCorpus(withArchive(hostile), folder, { mirror: url, retry: RETRY });
    await expect(refused).rejects.toThrow(message);
    expect(existsSync(join(folder, 'escaped.wav'))).toBe(false);
    expect(existsSync('/tmp/undertone-escaped.wav')).toBe(false);
  });

  test('that was cut off while it was unpacked is completed', async () => {
    const { url } = await mirror({ [ARCHIVE]: zip });
    const folder = temporaryFolder();
    const half = join(folder, 'RAVDESS/Actor_01/03-01-05-02-01-01-01.wav');
    mkdirSync(dirname(half), { recursive: true });
    writeFileSync(half, voiceWav(1).subarray(0, 500));
    await fetchCorpus(withArchive(zip), folder, { mirror: url, retry: RETRY });
    expect(readFileSync(half).equals(voiceWav(1))).toBe(true);
  });
});

describe('TESS, a dataset of files', () => {
  const LIST =
    'borealisdata.ca/api/datasets/:persistentId/versions/:latest-published/files?persistentId=doi:10.5683/SP2/E8H2MF';
  const listing = (files: { id: number; filename: string; md5: string }[], directoryLabel?: string): string =>
    JSON.stringify({ status: 'OK', data: files.map((dataFile) => ({ label: '', directoryLabel, dataFile })) });
  const clips = [1, 2, 3].map((id) => ({ id, filename: `OAF_w${'abc'[id - 1]!}_sad.wav`, bytes: voiceWav(id) }));
  const files = clips.map(({ id, filename, bytes }) => ({ id, filename, md5: hashOf('md5', bytes) }));
  const bodies = Object.fromEntries(clips.map(({ id, bytes }) => [`borealisdata.ca/api/access/datafile/${id}`, bytes]));

  test('comes file by file, checked against the published MD5', async () => {
    const { url } = await mirror({ [LIST]: listing(files, 'OAF_Sad'), ...bodies });
    const folder = temporaryFolder();
    const progress: unknown[][] = [];
    const onProgress = (...args: unknown[]): void => void progress.push(args);
    const fetched = await fetchCorpus(corpusNamed('tess'), folder, { mirror: url, retry: RETRY, onProgress });
    const { manifest, findings } = await scanCorpora(fetched);
    expect(manifest.entries.map(({ id }) => id)).toEqual(['TESS/OAF_wa_sad', 'TESS/OAF_wb_sad', 'TESS/OAF_wc_sad']);
    expect(findings).toMatchObject({ mislabelled: [], unrecognised: [] });
    expect(progress.at(-1)).toEqual([3, 3, 'files']);
  });

  test('with a wrong file, a name that leads out, or an answer that is no list is refused', async () => {
    const fetchFrom = async (list: string) => {
      const { url, close } = await serveFiles({ [LIST]: list, ...bodies });
      const folder = temporaryFolder();
      return fetchCorpus(corpusNamed('tess'), folder, { mirror: url, retry: RETRY }).finally(close);
    };
    const wrong = files.map((file, i) => (i === 1 ? { ...file, md5: '0'.repeat(32) } : file));
    await expect(fetchFrom(listing(wrong))).rejects.toThrow(/datafile\/2: has the MD5/);
    const outside = [{ ...files[0]!, filename: '../../OAF_wa_sad.wav' }];
    await expect(fetchFrom(listing(outside))).rejects.toThrow(/leads out of the folder/);
    await expect(fetchFrom('{"status":"ERROR"}')).rejects.toMatchObject({ code: 'DOWNLOAD_CORRUPT' });
    await expect(fetchFrom('<html>')).rejects.toMatchObject({ code: 'DOWNLOAD_CORRUPT' });
  });
});

describe('CREMA-D, a repository with Git LFS', () => {
  const RAW = 'raw.githubusercontent.com/CheyneyComputerScience/CREMA-D/master';
  const MEDIA = 'media.githubusercontent.com/media/CheyneyComputerScience/CREMA-D/master';
  const names = ['1001_DFA_ANG_XX', '1002_DFA_NEU_XX'];
  const rows = names.map((name, i) => `"10000${i}",5,0,0,0,1,0,"${name}"\n"20000${i}",0,0,0,0,9,0,"${name}"`);
  const tables = {
    [`${RAW}/processedResults/tabulatedVotes.csv`]: `"","A","D","F","H","N","S","fileName"\n${rows.join('\n')}\n`,
    [`${RAW}/VideoDemographics.csv`]: '"ActorID","Age","Sex"\n1001,51,"Male"\n1002,21,"Female"\n',
  };
  const audio = (sha256 = (bytes: Uint8Array) => hashOf('sha256', bytes)): Record<string, Uint8Array | string> => {
    const entries = names.flatMap((name, i): [string, Uint8Array | string][] => {
      const bytes = voiceWav(i);
      const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(bytes)}\nsize ${bytes.length}\n`;
      return [
        [`${RAW}/AudioWAV/${name}.wav`, pointer],
        [`${MEDIA}/AudioWAV/${name}.wav`, bytes],
      ];
    });
    return Object.fromEntries(entries);
  };

  test('comes with its tables, every clip checked against its pointer', async () => {
    const { url, requests } = await mirror({ ...tables, ...audio() });
    const folder = temporaryFolder();
    const fetched = await fetchCorpus(corpusNamed('CREMA-D'), folder, { mirror: url, retry: RETRY });
    const { manifest, findings } = await scanCorpora(fetched);
    expect(manifest.entries).toMatchObject([
      { id: 'CREMA-D/1001_DFA_ANG_XX', sex: 'male', age: 51, votes: { angry: 5, neutral: 1 } },
      { id: 'CREMA-D/1002_DFA_NEU_XX', sex: 'female', age: 21 },
    ]);
    expect(findings.unrecognised).toEqual([]);
    const before = requests.length;
    await fetchCorpus(corpusNamed('CREMA-D'), folder, { mirror: url, retry: RETRY });
    // Incomplete against the release, so it was asked for again; what was there was not.
    expect(requests.length).toBe(before);
  });

  test('with a clip that is not its pointer’s is refused', async () => {
    const { url } = await mirror({ ...tables, ...audio(() => 'f'.repeat(64)) });
    const wrong = fetchCorpus(corpusNamed('CREMA-D'), temporaryFolder(), { mirror: url, retry: RETRY });
    await expect(wrong).rejects.toThrow(/has the SHA256 .* published is ffff/);
  });

  test('with a page instead of a pointer is refused', async () => {
    const { url } = await mirror({ ...tables, ...audio(), [`${RAW}/AudioWAV/${names[0]!}.wav`]: '<html>' });
    const wrong = fetchCorpus(corpusNamed('CREMA-D'), temporaryFolder(), { mirror: url, retry: RETRY });
    await expect(wrong).rejects.toThrow(/is no pointer of Git LFS/);
  });
});

test('SAVEE is for people: the error says how to register', async () => {
  const refused = fetchCorpus(corpusNamed('SAVEE'), temporaryFolder());
  await expect(refused).rejects.toThrow(/cannot be downloaded by a program.*register at http:\/\/kahlan/);
});
