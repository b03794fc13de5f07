import { UndertoneError } from '../errors.ts';
import { didYouMean } from '../validation.ts';
import type { Corpus } from './corpus.ts';
import { cremaD } from './crema-d.ts';
import { emodb } from './emodb.ts';
import { ravdess } from './ravdess.ts';
import { savee } from './savee.ts';
import { tess } from './tess.ts';

/** The corpora that Undertone knows. */
export const CORPORA: readonly Corpus[] = [ravdess, cremaD, tess, savee, emodb];

/**
 * Finds a corpus by its name, in any case.
 * @throws UndertoneError CORPUS_UNKNOWN
 */
export function corpusNamed(name: string): Corpus {
  const corpus = CORPORA.find((known) => known.name.toLowerCase() === name.toLowerCase());
  if (corpus !== undefined) return corpus;
  const names = CORPORA.map((known) => known.name);
  throw new UndertoneError('CORPUS_UNKNOWN', {
    subject: name,
    problem: `is no corpus that Undertone knows${didYouMean(name.toUpperCase(), names)}`,
    remedy: `Name one of ${names.join(', ')}.`,
  });
}
