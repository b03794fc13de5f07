import type { Emotion } from '../corpora/emotions.ts';
import type { ManifestEntry } from '../corpora/manifest.ts';
import type { EngineOptions } from './engine/index.ts';
import { competingLabels, type CompetingLabels } from './evaluation/scoring.ts';
import type { TrainingRecipe } from './recipe.ts';

/** How the loss treats clips of corpora without calm: as scoreWithLabels judges them. */
export function calmAsNeutral(labels: readonly string[]): Pick<EngineOptions, 'standIn'> {
  const [absent, countsAs] = [labels.indexOf('calm'), labels.indexOf('neutral')];
  return absent < 0 || countsAs < 0 ? {} : { standIn: { absent, countsAs } };
}

/** What a network shall say of clips, and which labels compete for them. */
export class Targets {
  readonly labels: readonly Emotion[];
  /** Those of each corpus, as predictions are judged. */
  readonly competing: CompetingLabels;
  readonly #settings: TrainingRecipe['targets'];
  readonly #allowed: ReadonlyMap<string, Float32Array>;

  /** @param entries all clips there are */
  constructor(entries: readonly ManifestEntry[], labels: readonly Emotion[], settings: TrainingRecipe['targets']) {
    this.labels = labels;
    this.competing = competingLabels(entries, labels);
    this.#settings = settings;
    this.#allowed = new Map(
      Array.from(this.competing, ([corpus, has]) => [
        corpus,
        Float32Array.from(has, (competes) => (competes || !settings.byCorpus ? 1 : 0)),
      ]),
    );
  }

  /** 1 for each label that competes for the clips of a corpus, else 0. */
  allowed(corpus: string): Float32Array {
    return this.#allowed.get(corpus)!;
  }

  /** Writes the soft target of a clip to `out`, shape [labels]; it sums to 1 over the labels that compete. */
  write({ corpus, emotion, votes }: ManifestEntry, out: Float32Array): void {
    const { labels } = this;
    const allowed = this.allowed(corpus);
    const { labelSmoothing, votes: share } = this.#settings;
    let competing = 0;
    let counted = 0;
    for (let label = 0; label < labels.length; label++) {
      competing += allowed[label]!;
      counted += allowed[label]! * (votes?.[labels[label]!] ?? 0);
    }
    const votesShare = counted > 0 ? share : 0;
    for (let label = 0; label < labels.length; label++) {
      const name = labels[label]!;
      const voted = votesShare === 0 ? 0 : (votesShare * (votes?.[name] ?? 0)) / counted;
      const hard = name === emotion ? 1 - votesShare : 0;
      out[label] = allowed[label]! * ((1 - labelSmoothing) * (hard + voted) + labelSmoothing / competing);
    }
  }
}
