/** What there is of one corpus. */
export interface CorpusFindings {
  readonly corpus: string;
  /** Different clips that were found, those that cannot be used included. */
  readonly found: number;
  /** Clips of the official release. */
  readonly official: number;
  /** Clips in the manifest. */
  readonly usable: number;
  readonly missing: number;
  /** Speakers of the official release of whom there is no clip at all. */
  readonly missingSpeakers: readonly string[];
  /** Files left out on purpose, by reason: `{ song: 44 }`. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Tables of the release that are not there, and what is not known without them. */
  readonly missingTables: readonly { readonly file: string; readonly gives: string }[];
}

/** What is wrong with a file; paths are relative to the folder scanned. */
export interface FileProblem {
  readonly path: string;
  readonly problem: string;
}

/** A file that holds a clip which another file holds. `by`: the same samples, or just the same name. */
export interface DuplicatedFile {
  readonly path: string;
  readonly sameAs: string;
  readonly by: 'content' | 'name';
}

/** What a scan found. Paths are relative to the folder scanned, their parts separated by `/`. */
export interface ScanFindings {
  readonly corpora: readonly CorpusFindings[];
  /** Files of which nothing can be decoded: left out. */
  readonly damaged: readonly FileProblem[];
  /** Files that decode in part, or with errors: in the manifest as far as they go. */
  readonly flawed: readonly FileProblem[];
  /** Further copies of a clip: left out. */
  readonly duplicated: readonly DuplicatedFile[];
  /** Files with nothing to hear in them: left out. */
  readonly silent: readonly string[];
  /**
   * Files whose folder says something else than their name (in the manifest by their name), and equal recordings
   * under names that contradict each other (left out).
   */
  readonly mislabelled: readonly FileProblem[];
  /** Recordings that are of no corpus that Undertone knows. */
  readonly unrecognised: readonly string[];
}

/** What is wrong with files, for people: under each title a line a file. Titles without files are left out. */
export function describeProblems(findings: ScanFindings): { title: string; lines: readonly string[] }[] {
  const withProblem = ({ path, problem }: FileProblem): string => `${path}: ${problem}`;
  const sections = [
    { title: 'damaged, left out', lines: findings.damaged.map(withProblem) },
    { title: 'damaged in part', lines: findings.flawed.map(withProblem) },
    { title: 'silent, left out', lines: findings.silent },
    { title: 'labels that contradict each other', lines: findings.mislabelled.map(withProblem) },
    {
      title: 'further copies, left out',
      lines: findings.duplicated.map(({ path, sameAs, by }) => `${path}: has the ${by} of ${sameAs}`),
    },
    { title: 'of no known corpus', lines: findings.unrecognised },
  ];
  return sections.filter(({ lines }) => lines.length > 0);
}
