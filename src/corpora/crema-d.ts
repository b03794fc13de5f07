import { numberedSpeakers, stemAndFolder, type Corpus, type CorpusTable } from './corpus.ts';
import { readTable } from './corpus-table.ts';
import type { Emotion } from './emotions.ts';

const CODES: Readonly<Record<string, Emotion>> = {
  ANG: 'angry',
  DIS: 'disgust',
  FEA: 'fearful',
  HAP: 'happy',
  NEU: 'neutral',
  SAD: 'sad',
};
const LEVELS: Readonly<Record<string, string>> = { LO: 'low', MD: 'medium', HI: 'high' };
// Some of the release's names end in a single X.
const NAME = /^(10[0-8]\d|109[01])_([A-Z]{3})_(ANG|DIS|FEA|HAP|NEU|SAD)_(LO|MD|HI|XX?)$/;

const VOTES = { A: 'angry', D: 'disgust', F: 'fearful', H: 'happy', N: 'neutral', S: 'sad' } as const;

/** Rows whose id starts with 1 are the ratings of those who heard the voice alone; 2 saw the face, 3 both. */
const isVoiceOnly = (rowId: string): boolean => rowId.startsWith('1');

const votesTable: CorpusTable = {
  file: 'tabulatedVotes.csv',
  gives: 'votes of listeners (soft labels)',
  read(text, path) {
    const rows = readTable(text, path, ['', 'fileName', ...Object.keys(VOTES)]);
    const votes = new Map<string, Partial<Record<Emotion, number>>>();
    for (const row of rows) {
      if (!isVoiceOnly(row['']!)) continue;
      const counts = Object.entries(VOTES).map(([column, emotion]) => [emotion, Number(row[column])] as const);
      votes.set(row.fileName!, Object.fromEntries(counts.filter(([, count]) => count > 0)));
    }
    return (clip) => (votes.has(clip) ? { votes: votes.get(clip)! } : {});
  },
};

const actorsTable: CorpusTable = {
  file: 'VideoDemographics.csv',
  gives: 'sex and age of the speakers',
  read(text, path) {
    const rows = readTable(text, path, ['ActorID', 'Age', 'Sex']);
    const actors = new Map(
      rows.map((row) => {
        const sex = row.Sex === 'Female' ? 'female' : 'male';
        return [row.ActorID!, { sex, age: Number(row.Age) } as const];
      }),
    );
    return (_clip, speaker) => actors.get(speaker) ?? {};
  },
};

/**
 * CREMA-D: Cao et al., "CREMA-D: Crowd-sourced Emotional Multimodal Actors Dataset", IEEE Transactions on Affective
 * Computing 5(4), 2014. `1001_DFA_ANG_XX`: actor, sentence, emotion, level.
 */
export const cremaD: Corpus = {
  name: 'CREMA-D',
  homepage: 'https://github.com/CheyneyComputerScience/CREMA-D',
  licence: 'ODbL 1.0 (database), DbCL 1.0 (contents)',
  labels: ['neutral', 'happy', 'sad', 'angry', 'fearful', 'disgust'],
  clips: 7442,
  speakers: numberedSpeakers(1001, 1091),
  source: {
    kind: 'git-lfs',
    repository: 'CheyneyComputerScience/CREMA-D',
    branch: 'master',
    audioFolder: 'AudioWAV',
    tables: [`processedResults/${votesTable.file}`, actorsTable.file],
    clipNames: ([votes]) => {
      const rows = readTable(votes!, votesTable.file, ['', 'fileName']);
      return rows.filter((row) => isVoiceOnly(row['']!)).map((row) => `${row.fileName!}.wav`);
    },
  },
  tables: [votesTable, actorsTable],
  recognise(path) {
    const { stem } = stemAndFolder(path);
    const parts = NAME.exec(stem);
    if (parts === null) return undefined;
    const [, speaker, sentence, code, level] = parts;
    const intensity = LEVELS[level!];
    return {
      clip: stem,
      speaker: speaker!,
      emotion: CODES[code!]!,
      sentence: sentence!,
      ...(intensity === undefined ? {} : { intensity }),
    };
  },
};
