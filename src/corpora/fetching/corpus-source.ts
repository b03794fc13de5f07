/** Where a corpus can be had. */
export type CorpusSource =
  /** One archive. */
  | { readonly kind: 'zip'; readonly url: string; readonly md5: string; readonly bytes: number }
  /** A dataset of a Dataverse installation, which publishes an MD5 of every file. */
  | { readonly kind: 'dataverse'; readonly server: string; readonly persistentId: string }
  /** A GitHub repository that keeps its audio in Git LFS; LFS's pointers publish size and SHA-256 of every file. */
  | {
      readonly kind: 'git-lfs';
      readonly repository: string;
      readonly branch: string;
      readonly audioFolder: string;
      readonly tables: readonly string[];
      /** Reads the clips' names off the tables, which are in the order of `tables`. */
      readonly clipNames: (tables: readonly string[]) => readonly string[];
    }
  /** Nothing that a program may download; the text says how a person gets it. */
  | { readonly kind: 'by-hand'; readonly how: string };
