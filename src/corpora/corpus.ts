import type { CorpusSource } from './fetching/corpus-source.ts';
import type { Emotion } from './emotions.ts';

/** What a corpus says of one clip. */
export interface ClipLabels {
  /** The speaker's name inside the corpus. */
  readonly speaker: string;
  readonly sex?: 'female' | 'male';
  /** In years, when the recording was made. */
  readonly age?: number;
  readonly emotion: Emotion;
  readonly intensity?: string;
  /** What is said, by the corpus's own short name: clips that share it have the same words. */
  readonly sentence?: string;
  readonly take?: string;
  /** How many listeners heard which emotion in the voice alone. */
  readonly votes?: Readonly<Partial<Record<Emotion, number>>>;
}

/** A file that is one of a corpus's clips. */
export interface RecognisedClip extends ClipLabels {
  /** The clip's name inside its corpus: the file's stem as the corpus spells it. */
  readonly clip: string;
  /** Where the file's folder contradicts its name, what the folder says. */
  readonly contradiction?: string;
}

/** A file that is the corpus's and is left out on purpose; `skipped` says why ("song"). */
export interface SkippedClip {
  readonly skipped: string;
}

/** A table that lies beside a corpus's recordings and says more of them than their names. */
export interface CorpusTable {
  /** The file's name, wherever in the folder it lies. */
  readonly file: string;
  /** What is not known without it. */
  readonly gives: string;
  /**
   * Reads the table.
   * @param path names the table in errors
   * @returns what it adds to a clip's labels, by the clip's name and speaker inside the corpus
   * @throws UndertoneError CORPUS_TABLE_INVALID
   */
  readonly read: (text: string, path: string) => (clip: string, speaker: string) => Partial<ClipLabels>;
}

/** A corpus of acted emotions whose file names say what is in them. Adding one is a file with such an object. */
export interface Corpus {
  readonly name: string;
  readonly homepage: string;
  readonly licence: string;
  /** The labels that its clips can have. */
  readonly labels: readonly Emotion[];
  /** How many clips the official release has, of the labels above. */
  readonly clips: number;
  /** All speakers of the official release. */
  readonly speakers: readonly string[];
  readonly source: CorpusSource;
  readonly tables?: readonly CorpusTable[];
  /**
   * Reads a file's labels off its name, whatever the name ends in.
   * @param path the file's path relative to the folder that is scanned, its parts separated by `/`
   * @returns undefined for a file that is not the corpus's
   */
  readonly recognise: (path: string) => RecognisedClip | SkippedClip | undefined;
}

/** A path's last parts: the file's name without its ending, and the name of the folder that it lies in. */
export function stemAndFolder(path: string): { readonly stem: string; readonly folder: string } {
  const parts = path.split('/');
  const file = parts.at(-1)!;
  const dot = file.lastIndexOf('.');
  return { stem: dot > 0 ? file.slice(0, dot) : file, folder: parts.at(-2) ?? '' };
}

/** Names of speakers from `first` to `last`, with as many digits as `last` has. */
export function numberedSpeakers(first: number, last: number): string[] {
  const digits = String(last).length;
  return Array.from({ length: last - first + 1 }, (_, i) => String(first + i).padStart(digits, '0'));
}
