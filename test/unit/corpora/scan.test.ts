import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { scanCorpora } from '../../../src/corpora/index.ts';
import { encodeAiff, encodeWav } from '../../helpers/audio-writers.ts';
import { corpusFolder, voiceLike, voiceWav } from '../../helpers/corpus-folder.ts';

const fixture = (name: string): Uint8Array => readFileSync(join(import.meta.dirname, '../../fixtures/audio', name));
const SILENCE = encodeWav([new Float32Array(8_000)], 16_000);

const VOTES = `"","A","D","F","H","N","S","fileName","numResponses"
"100001",6,2,0,0,1,0,"1001_DFA_ANG_XX",9
"200001",0,0,0,9,0,0,"1001_DFA_ANG_XX",9
"300001",0,0,0,0,9,0,"1001_DFA_ANG_XX",9
"100002",0,0,0,0,8,2,"1002_DFA_NEU_XX",10
`;
const ACTORS = `"ActorID","Age","Sex","Race","Ethnicity"
1001,51,"Male","-","-"
1002,21,"Female","-","-"
`;

describe('a scan', () => {
  test('finds all corpora in their official layouts and any audio type', async () => {
    const folder = corpusFolder({
      'RAVDESS/Actor_01/03-01-05-02-01-01-01.wav': 1,
      'CREMA-D/AudioWAV/1001_DFA_ANG_XX.opus': fixture('16000-1.opus.ogg'),
      'TESS/OAF_Sad/OAF_back_sad.mp3': fixture('16000-1.vbr.mp3'),
      'TESS/YAF_angry/YAF_germ_angry.wav': encodeAiff([voiceLike(2)], 24_414),
      'SAVEE/AudioData/DC/sa01.flac': fixture('8000-1-16.flac'),
      'SAVEE/AudioData/DC/su01.ogg': fixture('16000-1.vorbis.ogg'),
      'EmoDB/wav/03a01Fa.m4a': fixture('16000-1.moov-last.m4a'),
    });
    const { manifest, findings } = await scanCorpora(folder);
    expect(manifest.entries.map(({ id, emotion }) => [id, emotion])).toEqual([
      ['CREMA-D/1001_DFA_ANG_XX', 'angry'],
      ['EmoDB/03a01Fa', 'happy'],
      ['RAVDESS/03-01-05-02-01-01-01', 'angry'],
      ['SAVEE/DC_sa01', 'sad'],
      ['SAVEE/DC_su01', 'surprised'],
      ['TESS/OAF_back_sad', 'sad'],
      ['TESS/YAF_germ_angry', 'angry'],
    ]);
    expect(manifest.entries[2]).toMatchObject({
      path: join(folder, 'RAVDESS/Actor_01/03-01-05-02-01-01-01.wav'),
      durationMs: 400,
      speaker: 'RAVDESS/01',
      sentence: 'RAVDESS/kids',
    });
    expect(findings).toMatchObject({ damaged: [], duplicated: [], silent: [], mislabelled: [], unrecognised: [] });
    expect(findings.corpora.find(({ corpus }) => corpus === 'SAVEE')).toMatchObject({
      found: 2,
      official: 480,
      usable: 2,
      missing: 478,
      missingSpeakers: ['JE', 'JK', 'KL'],
    });
  });

  test('keeps one of the copies that Kaggle’s nested folders make, and one of two encodings', async () => {
    const tess = 'TESS Toronto emotional speech set data';
    const { manifest, findings } = await scanCorpora(
      corpusFolder({
        [`${tess}/OAF_angry/OAF_back_angry.wav`]: 1,
        [`${tess}/${tess}/OAF_angry/OAF_back_angry.wav`]: 1,
        'archive/Actor_01/03-01-05-02-01-01-01.wav': 2,
        'archive/audio_speech_actors_01-24/Actor_01/03-01-05-02-01-01-01.wav': 2,
        'DC_a01.wav': 3,
        'flat/DC_a01.flac': fixture('8000-1-16.flac'),
      }),
    );
    expect(manifest.entries).toHaveLength(3);
    expect(findings.duplicated).toHaveLength(3);
    expect(findings.duplicated).toEqual(
      expect.arrayContaining([
        {
          path: `${tess}/${tess}/OAF_angry/OAF_back_angry.wav`,
          sameAs: `${tess}/OAF_angry/OAF_back_angry.wav`,
          by: 'content',
        },
        {
          path: 'archive/audio_speech_actors_01-24/Actor_01/03-01-05-02-01-01-01.wav',
          sameAs: 'archive/Actor_01/03-01-05-02-01-01-01.wav',
          by: 'content',
        },
        { path: 'flat/DC_a01.flac', sameAs: 'DC_a01.wav', by: 'name' },
      ]),
    );
    expect(findings.corpora.map(({ found }) => found)).toEqual([1, 1, 1]);
  });

  test('says what is damaged, cut off, silent, unknown or no speech', async () => {
    const { manifest, findings } = await scanCorpora(
      corpusFolder({
        '1076_MTI_SAD_XX.wav': SILENCE,
        '1001_DFA_SAD_XX.wav': 'no sound at all',
        '1001_DFA_NEU_XX.wav': voiceWav(1).subarray(0, 6_000),
        '1001_DFA_HAP_XX.wav': 2,
        'Actor_01/03-02-05-02-01-01-01.wav': 3,
        'Actor_01/03-02-05-02-01-02-01.wav': 4,
        '03a01La.wav': 5,
        'holiday.wav': 6,
        'notes.txt': 'not audio',
        '._1001_DFA_HAP_XX.wav': 'what macOS hides',
      }),
    );
    expect(manifest.entries.map(({ id }) => id)).toEqual(['CREMA-D/1001_DFA_HAP_XX', 'CREMA-D/1001_DFA_NEU_XX']);
    expect(findings.silent).toEqual(['1076_MTI_SAD_XX.wav']);
    expect(findings.damaged).toEqual([{ path: '1001_DFA_SAD_XX.wav', problem: expect.any(String) }]);
    expect(findings.flawed).toEqual([{ path: '1001_DFA_NEU_XX.wav', problem: expect.stringMatching(/\w/) }]);
    expect(findings.unrecognised).toEqual(['holiday.wav']);
    const [ravdess, cremaD, emodb] = findings.corpora;
    expect(ravdess).toMatchObject({ corpus: 'RAVDESS', found: 0, skipped: { song: 2 } });
    expect(cremaD).toMatchObject({ found: 4, usable: 2 });
    expect(emodb).toMatchObject({ found: 0, skipped: { boredom: 1 } });
  });

  test('says which labels contradict each other', async () => {
    const { manifest, findings } = await scanCorpora(
      corpusFolder({
        'OAF_happy/OAF_back_angry.wav': 1,
        'Actor_02/03-01-05-02-01-01-01.wav': 2,
        '1001_DFA_ANG_XX.wav': 3,
        '1001_DFA_FEA_XX.wav': 3,
        'DC_a01.wav': 4,
        'DC_a02.wav': 4,
      }),
    );
    // By their names the first two are usable; of one recording under two labels neither is.
    expect(manifest.entries.map(({ id }) => id)).toEqual([
      'RAVDESS/03-01-05-02-01-01-01',
      'SAVEE/DC_a01',
      'TESS/OAF_back_angry',
    ]);
    expect(findings.mislabelled).toEqual(
      expect.arrayContaining([
        { path: 'OAF_happy/OAF_back_angry.wav', problem: expect.stringMatching(/name says angry.*folder happy/) },
        { path: 'Actor_02/03-01-05-02-01-01-01.wav', problem: expect.stringMatching(/speaker 01.*folder actor 02/) },
        { path: '1001_DFA_ANG_XX.wav', problem: 'is the same recording as 1001_DFA_FEA_XX.wav' },
        { path: '1001_DFA_FEA_XX.wav', problem: 'is the same recording as 1001_DFA_ANG_XX.wav' },
      ]),
    );
    expect(findings.mislabelled).toHaveLength(4);
    expect(findings.duplicated).toEqual([{ path: 'DC_a02.wav', sameAs: 'DC_a01.wav', by: 'content' }]);
  });

  test('takes votes, sex and age from CREMA-D’s tables, the votes of those who heard the voice alone', async () => {
    const clips = { 'AudioWAV/1001_DFA_ANG_XX.wav': 1, 'AudioWAV/1003_DFA_NEU_XX.wav': 2 };
    const tables = { 'processedResults/tabulatedVotes.csv': VOTES, 'VideoDemographics.csv': ACTORS };
    const { manifest, findings } = await scanCorpora(corpusFolder({ ...clips, ...tables }));
    expect(manifest.entries[0]).toMatchObject({ sex: 'male', age: 51, votes: { angry: 6, disgust: 2, neutral: 1 } });
    expect(manifest.entries[1]).not.toHaveProperty('votes');
    expect(manifest.entries[1]).not.toHaveProperty('sex');
    expect(findings.corpora[0]!.missingTables).toEqual([]);

    const without = await scanCorpora(corpusFolder(clips));
    expect(without.manifest.entries[0]).not.toHaveProperty('votes');
    expect(without.findings.corpora[0]!.missingTables.map(({ file }) => file)).toEqual(
      Object.keys(tables).map((path) => path.split('/').at(-1)),
    );
  });

  test.each([
    ['no table', '"unclosed', /tabulatedVotes\.csv: is no table/],
    ['columns missing', 'fileName,A\nx,1\n', /has no column "", "D"/],
    ['no rows', '', /has no column/],
  ])('refuses a table with %s', async (_, text, message) => {
    const folder = corpusFolder({ '1001_DFA_ANG_XX.wav': 1, 'tabulatedVotes.csv': text });
    await expect(scanCorpora(folder)).rejects.toMatchObject({ code: 'CORPUS_TABLE_INVALID' });
    await expect(scanCorpora(folder)).rejects.toThrow(message);
  });

  test('follows links, also one to a folder above itself', async () => {
    const elsewhere = corpusFolder({ 'Actor_01/03-01-05-02-01-01-01.wav': 1 });
    const folder = corpusFolder({ 'OAF_back_angry.wav': 2 });
    symlinkSync(elsewhere, join(folder, 'ravdess'));
    symlinkSync(folder, join(folder, 'loop'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling.wav'));
    const { manifest } = await scanCorpora(folder);
    expect(manifest.entries.map(({ corpus }) => corpus)).toEqual(['RAVDESS', 'TESS']);
  });

  test('reports progress from all cores, and has the same hash whatever the layout', async () => {
    const names = Array.from({ length: 40 }, (_, i) => String(i + 1).padStart(2, '0'));
    const progress: [number, number][] = [];
    const flat = corpusFolder(Object.fromEntries(names.map((name, i) => [`DC_n${name}.wav`, i])));
    const first = await scanCorpora(flat, { onProgress: (done, total) => progress.push([done, total]), threads: 2 });
    expect(first.manifest.entries).toHaveLength(40);
    expect(progress.map(([, total]) => total)).toEqual([40, 40]);
    expect(progress.at(-1)).toEqual([40, 40]);
    const nested = corpusFolder(Object.fromEntries(names.map((name, i) => [`x/DC/n${name}.wav`, i])));
    expect((await scanCorpora(nested, { threads: 1 })).manifest).toMatchObject({ hash: first.manifest.hash });
  });

  test('of a folder without anything, without recordings, or without a known name is a clear error', async () => {
    const codeOf = async (files: Record<string, string | number>) =>
      scanCorpora(corpusFolder(files)).catch((error: unknown) => (error as { code: string }).code);
    expect(await codeOf({})).toBe('AUDIO_NOT_FOUND');
    expect(await codeOf({ 'notes.txt': '' })).toBe('AUDIO_NOT_FOUND');
    expect(await codeOf({ 'holiday.wav': 1 })).toBe('CORPUS_EMPTY');
    await expect(scanCorpora('/nowhere')).rejects.toThrow(/\/nowhere: cannot be listed \(ENOENT\)/);
  });
});

const ORIGINALS = join(import.meta.dirname, '../../../../shared/originals');

(existsSync(ORIGINALS) ? test : test.skip)(
  'original files of the corpora (skipped where they are not at hand)',
  async () => {
    const { manifest, findings } = await scanCorpora(ORIGINALS);
    expect(manifest.entries.map(({ id }) => id)).toContain('TESS/OAF_bite_neutral');
    expect(manifest.entries).toHaveLength(10);
    expect(findings).toMatchObject({
      silent: ['CREMA-D/AudioWAV/1076_MTI_SAD_XX.wav'],
      damaged: [],
      flawed: [],
      duplicated: [],
      mislabelled: [],
      unrecognised: [],
    });
  },
);
