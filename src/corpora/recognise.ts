import { readFile } from 'node:fs/promises';
import { basename, relative, sep } from 'node:path';
import { findFiles } from '../audio/find-recordings.ts';
import { CORPORA } from './corpora.ts';
import type { ClipLabels, Corpus, CorpusTable } from './corpus.ts';

/** A file that a corpus recognised. */
export interface Clip {
  readonly corpus: Corpus;
  /** Its name inside the corpus. */
  readonly name: string;
  readonly labels: ClipLabels;
  /** Where the file's folder contradicts its name, what the folder says. */
  readonly contradiction: string | undefined;
  readonly file: string;
  /** Relative to the folder searched, its parts separated by `/`. */
  readonly path: string;
}

/** What the names of files say. */
export interface RecognisedFiles {
  readonly clips: readonly Clip[];
  /** How many files of a corpus were left out on purpose, by reason. */
  readonly skipped: ReadonlyMap<Corpus, Readonly<Record<string, number>>>;
  /** Relative paths of files that no corpus recognised. */
  readonly unrecognised: readonly string[];
}

/** Asks every corpus for the labels of files below a folder. */
export function recogniseFiles(folder: string, files: readonly string[]): RecognisedFiles {
  const clips: Clip[] = [];
  const skipped = new Map<Corpus, Record<string, number>>();
  const unrecognised: string[] = [];
  for (const file of files) {
    const path = relative(folder, file).split(sep).join('/');
    const [corpus, recognised] = recogniseFile(path) ?? [];
    if (corpus === undefined || recognised === undefined) unrecognised.push(path);
    else if ('skipped' in recognised) {
      const counts = skipped.get(corpus) ?? {};
      counts[recognised.skipped] = (counts[recognised.skipped] ?? 0) + 1;
      skipped.set(corpus, counts);
    } else {
      const { clip: name, contradiction, ...labels } = recognised;
      clips.push({ corpus, name, labels, contradiction, file, path });
    }
  }
  return { clips, skipped, unrecognised };
}

function recogniseFile(path: string) {
  for (const corpus of CORPORA) {
    const recognised = corpus.recognise(path);
    if (recognised !== undefined) return [corpus, recognised] as const;
  }
  return undefined;
}

/** The corpora's tables that lie below a folder. */
export class CorpusTables {
  readonly #files: ReadonlyMap<string, string>;

  private constructor(files: ReadonlyMap<string, string>) {
    this.#files = files;
  }

  static async find(folder: string): Promise<CorpusTables> {
    const names = new Set(CORPORA.flatMap(({ tables = [] }) => tables.map(({ file }) => file)));
    const files = await findFiles(folder, (name) => names.has(name));
    // Of several copies the first counts.
    return new CorpusTables(new Map(files.toReversed().map((file) => [basename(file), file])));
  }

  /** The tables of a corpus that are not there. */
  missing({ tables = [] }: Corpus): { file: string; gives: string }[] {
    return tables.filter(({ file }) => !this.#files.has(file)).map(({ file, gives }) => ({ file, gives }));
  }

  /**
   * Adds to clips' labels what the tables say of them.
   * @throws UndertoneError CORPUS_TABLE_INVALID
   */
  async complete(clips: readonly Clip[]): Promise<Clip[]> {
    const additions = new Map<Corpus, ReturnType<CorpusTable['read']>[]>();
    for (const corpus of new Set(clips.map((clip) => clip.corpus))) {
      const present = (corpus.tables ?? []).filter(({ file }) => this.#files.has(file));
      const read = present.map(async (table) => {
        const path = this.#files.get(table.file)!;
        return table.read(await readFile(path, 'utf8'), path);
      });
      additions.set(corpus, await Promise.all(read));
    }
    return clips.map((clip) => {
      const added = additions.get(clip.corpus)!.map((addition) => addition(clip.name, clip.labels.speaker));
      return { ...clip, labels: Object.assign({}, clip.labels, ...added) as ClipLabels };
    });
  }
}
