import type { Emotion } from '../corpora/emotions.ts';
import type { ManifestEntry } from '../corpora/manifest.ts';
import type { TrainingRecipe } from './recipe.ts';

/** What a network shall say of clips, and which labels compete for them. */
export class Targets {
  readonly labels: readonly Emotion[];
  readonly #settings: TrainingRecipe['targets'];
  readonly #ofCorpus = new Map<string, Float32Array>();

  /** @param entries all clips there are: the labels of a corpus are those that occur in it */
  constructor(
    entries: readonly ManifestEntry[],
    labels: readonly Emotion[],
    settings: TrainingRecipe['targets'],
  ) {
    this.labels = labels;
    this.#settings = settings;
    for (const { corpus, emotion } of entries) {
      let allowed = this.#ofCorpus.get(corpus);
      if (!allowed) this.#ofCorpus.set(corpus, (allowed = new Float32Array(labels.length).fill(settings.byCorpus ? 0 : 1)));
      allowed[labels.indexOf(emotion)] = 1;
    }
  }

  /** 1 for each label that competes for the clips of a corpus, else 0. */
  allowed(corpus: string): Float32Array {
    return this.#ofCorpus.get(corpus)!;
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
