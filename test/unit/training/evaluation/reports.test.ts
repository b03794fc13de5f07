import { describe, expect, test } from '@jest/globals';
import { createManifest } from '../../../../src/corpora/manifest.ts';
import { EMOTIONS } from '../../../../src/corpora/emotions.ts';
import { splitManifest, type DataSplit, type Protocol } from '../../../../src/corpora/splits.ts';
import {
  describeSplit,
  evaluateRuns,
  leakageHtml,
  leakageMarkdown,
  leakageRows,
  modelEvaluation,
  pairedDifference,
  renderEvaluationReport,
  renderTrainingReport,
  type Condition,
  type EvaluationInput,
  type EvaluationRun,
  type TrainingReport,
} from '../../../../src/training/evaluation/index.ts';
import { madeUpClips } from '../../../helpers/labelled-clips.ts';
import { predictClips } from '../../../helpers/predictions.ts';
import { seededRandom } from '../../../helpers/signals.ts';

// Fewer voices than the real corpora have, and every label of theirs.
const seven = EMOTIONS.filter((emotion) => emotion !== 'calm');
const six = seven.filter((emotion) => emotion !== 'surprised');
const manifest = createManifest([
  ...madeUpClips({ corpus: 'CREMA-D', women: 10, men: 10, emotions: six, sentences: 3 }),
  ...madeUpClips({ corpus: 'RAVDESS', women: 5, men: 5, emotions: EMOTIONS, sentences: 2 }),
  ...madeUpClips({ corpus: 'SAVEE', women: 0, men: 3, emotions: seven, sentences: 4 }),
  ...madeUpClips({ corpus: 'TESS', women: 2, men: 0, emotions: seven, sentences: 8 }),
]);
const { entries } = manifest;
const STRENGTH: Readonly<Record<Condition, number>> = { clip: 2, 'adapted-8': 3, 'adapted-all': 3.2 };

function runsOf(
  protocol: Protocol,
  conditions: readonly Condition[],
  seeds: readonly number[] = [1, 2],
): EvaluationRun[] {
  const splits = splitManifest(entries, { protocol, folds: 5, seed: 1 });
  return seeds.flatMap((seed) => splits.map((split) => runOf(split, seed, conditions)));
}

function runOf(split: DataSplit, seed: number, conditions: readonly Condition[]): EvaluationRun {
  const random = seededRandom(seed * 100 + split.fold);
  const predict = (part: readonly number[], condition: Condition) =>
    predictClips(entries, part, EMOTIONS, { condition, strength: STRENGTH[condition], random });
  const test = conditions.flatMap((condition) => predict(split.test, condition));
  return { seed, split, validation: predict(split.validation, 'clip'), test };
}

function inputOf(runs: readonly EvaluationRun[]): EvaluationInput {
  const model = { name: 'default', network: 'cnn-lstm', parameters: 212_345 };
  return { title: 'Made up', model, manifest, labels: EMOTIONS, runs, createdAt: new Date(0) };
}

const conditions = ['clip', 'adapted-8'] as const;
const speakerRuns = runsOf('speaker', conditions);
const report = evaluateRuns(inputOf(speakerRuns));

describe('evaluateRuns', () => {
  const clip = report.conditions.clip!;
  const adapted = report.conditions['adapted-8']!;

  test('names what it judged', () => {
    expect(report).toMatchObject({
      protocol: 'speaker',
      leaky: false,
      seeds: [1, 2],
      createdAt: '1970-01-01T00:00:00.000Z',
    });
    expect(report.manifest).toEqual({ hash: manifest.hash, clips: entries.length, speakers: 35 });
    expect(report.splits.map(({ hash }) => hash)).toEqual(speakerRuns.slice(0, 5).map(({ split }) => split.hash));
  });

  test('every clip is judged once a seed', () => {
    const judged = clip.pooled.confusion.flat().reduce((a, b) => a + b);
    expect(clip.pooled.clips).toBe(entries.length);
    expect(judged).toBe(2 * entries.length);
    expect(clip.pooled.uar.values).toHaveLength(2);
    expect(clip.runs).toHaveLength(10);
    const corpora = Object.values(clip.byCorpus);
    expect(corpora.map(({ clips }) => clips).reduce((a, b) => a + b)).toBe(entries.length);
    expect(Object.values(clip.bySex).map(({ clips }) => clips).reduce((a, b) => a + b)).toBe(entries.length); // prettier-ignore
  });

  test('only the labels that a corpus has compete', () => {
    expect(clip.byCorpus['CREMA-D']!.labels).toEqual(['neutral', 'happy', 'sad', 'angry', 'fearful', 'disgust']);
    expect(clip.byCorpus.TESS!.labels).toEqual(EMOTIONS.filter((emotion) => emotion !== 'calm'));
    expect(clip.pooled.labels).toEqual(EMOTIONS);
  });

  test('conditions stand apart, and only those that were measured', () => {
    expect(Object.keys(report.conditions)).toEqual(conditions);
    expect(adapted.condition).toBe('adapted-8');
    expect(adapted.pooled.uar.mean - clip.pooled.uar.mean).toBeGreaterThan(0.1);
    // Each condition is what it would be without the other.
    const alone = speakerRuns.map((run) => ({ ...run, test: run.test.filter((said) => said.condition === 'clip') }));
    expect(evaluateRuns(inputOf(alone)).conditions.clip).toEqual(clip);
  });

  test('intervals hold the mean; two voices have none', () => {
    for (const group of [clip.pooled, clip.byCorpus['CREMA-D']!, clip.bySex.female!]) {
      expect(group.interval!.uar.low).toBeLessThan(group.uar.mean);
      expect(group.interval!.uar.high).toBeGreaterThan(group.uar.mean);
    }
    expect(clip.byCorpus.TESS!.interval).toBeUndefined();
    expect(clip.byCorpus.SAVEE!.interval!.uar.speakers).toBe(3);
  });

  test('calibration is measured on the test and fitted on the validation part', () => {
    expect(clip.calibration.fittedUnder).toBe('clip');
    const honest = clip.calibration.temperature;
    const doubled = speakerRuns.map((run) => ({
      ...run,
      validation: run.validation.map((prediction) => ({
        ...prediction,
        logits: Array.from(prediction.logits, (logit) => 2 * logit),
      })),
    }));
    const fitted = evaluateRuns(inputOf(doubled)).conditions.clip!.calibration;
    expect(fitted.temperature.mean / honest.mean).toBeCloseTo(2, 4);
    expect(fitted.before).toEqual(clip.calibration.before);
    expect(fitted.after.ece).toBeGreaterThan(clip.calibration.after.ece);
  });

  test('abstaining gains accuracy', () => {
    expect(clip.gainAt70).toBeGreaterThan(0.05);
    expect(clip.riskCoverage.points.at(-1)!.risk).toBeCloseTo(1 - clip.pooled.accuracy.mean, 12);
  });

  test('conditions are compared run by run', () => {
    const { uar } = pairedDifference(clip.runs, adapted.runs);
    expect(uar.values).toHaveLength(10);
    const [first] = uar.values;
    expect(first).toBeCloseTo(adapted.runs[0]!.pooled.uar - clip.runs[0]!.pooled.uar, 12);
    expect(pairedDifference(clip.runs, adapted.runs, 'TESS').uar.values).toHaveLength(4);
    expect(() => pairedDifference(clip.runs, [])).toThrow(/no seed and fold/);
  });

  test('the same input gives the same report, and JSON keeps it', () => {
    expect(evaluateRuns(inputOf(speakerRuns))).toEqual(report);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  test('an emotion that the left-out corpus has alone is neither trained nor judged', () => {
    const { conditions: measured, splits } = evaluateRuns(inputOf(runsOf('corpus', ['clip'], [1])));
    expect(measured.clip!.byCorpus.RAVDESS!.labels).not.toContain('calm');
    expect(splits.find(({ name }) => name === 'corpus RAVDESS')!.dropped).toMatchObject([
      { reason: 'no training clip is calm' },
    ]);
  });

  test.each([
    ['no networks', () => [], /no trained networks/],
    ['two protocols', () => [...speakerRuns, ...runsOf('random', ['clip'], [1])], /speaker and random/],
    ['no predictions', () => speakerRuns.map((run) => ({ ...run, test: [] })), /no predictions/],
    ['a fold without a condition', () => [{ ...speakerRuns[0]!, test: speakerRuns[0]!.test.slice(0, 9) }, ...speakerRuns.slice(1)], /not measured under "adapted-8"/],
    ['no validation', () => speakerRuns.map((run) => ({ ...run, validation: [] })), /no validation predictions/],
  ])('%s is an error', (_, make, message) => {
    const evaluate = () => evaluateRuns(inputOf(make()));
    expect(evaluate).toThrow(expect.objectContaining({ code: 'EVALUATION_INVALID' }));
    expect(evaluate).toThrow(message);
  }); // prettier-ignore
});

describe('the leaky protocol', () => {
  const leaky = evaluateRuns(inputOf(runsOf('leaky', ['clip'], [1])));
  const rows = leakageRows([report, leaky]);

  test('is called leaky in its report and on its page', () => {
    expect(leaky).toMatchObject({ leaky: true, protocol: 'leaky' });
    expect(leaky.explanation).toMatch(/^LEAKY.*memory, not hearing/);
    expect(leaky.splits[0]).toMatchObject({
      chosenOn: 'test copies',
      notes: [expect.stringContaining('copy of the same clip')],
    });
    const page = renderEvaluationReport(leaky);
    expect(page).toContain('<h1>LEAKY: Made up</h1>');
    for (const heading of page.matchAll(/<h2>(Results|Condition).*?<\/h2>/g)) expect(heading[0]).toContain('(leaky)');
    for (const title of page.matchAll(/<svg[^>]*role="img"[^>]*><title>(.*?)<\/title>/g))
      expect(title[1]).toContain('(leaky)');
  });

  test('opens the leakage table', () => {
    expect(rows.map(({ protocol, seeds, folds }) => [protocol, seeds, folds])).toEqual([
      ['leaky', 1, 5],
      ['speaker', 2, 5],
    ]);
    const lines = leakageMarkdown(rows).trimEnd().split('\n');
    expect(lines[0]).toBe('| Protocol | New to the network | UAR (%) | Accuracy (%) | Seeds x folds |');
    expect(lines[2]).toMatch(/^\| leaky \(a mistake, shown on purpose\) \| nothing \| \d+\.\d \| \d+\.\d \| 1 x 5 \|$/);
    expect(lines[3]).toMatch(/^\| speaker \| the voice \| \d+\.\d ± \d+\.\d \| \d+\.\d ± \d+\.\d \| 2 x 5 \|$/);
    expect(leakageHtml(rows)).toContain('<th scope="row">leaky (a mistake, shown on purpose)</th>');
  });

  test('a protocol stands in the table once', () => {
    expect(() => leakageRows([report, report])).toThrow(/"speaker" twice/);
    expect(() => leakageRows([{ ...report, conditions: {} }])).toThrow(/not measured on the clip alone/);
  });
});

describe('pages', () => {
  const page = renderEvaluationReport({ ...report, title: 'A <b>title</b> & more' });

  test('need nothing but themselves', () => {
    expect(page).not.toMatch(/<script|<link|(src|href)="(?!data:)|@import|url\(/);
    expect(page).toContain('<h1>A &lt;b&gt;title&lt;/b&gt; &amp; more</h1>');
  });

  test('show every condition, corpus, split and hash', () => {
    const expected = [
      report.manifest.hash,
      ...report.splits.map(({ hash }) => hash.slice(0, 16)),
      ...Object.keys(report.conditions.clip!.byCorpus),
      'Condition: clip alone',
      'Condition: adapted to 8 clips',
      'What knowing the voice brings',
      'Corpus probe',
    ];
    for (const words of expected) expect(page).toContain(words);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('a confusion matrix says its counts', () => {
    const { confusion, labels } = report.conditions.clip!.byCorpus.SAVEE!;
    const total = confusion[0]!.reduce((a, b) => a + b);
    expect(page).toContain(`<title>${labels[0]!} heard as ${labels[0]!}: ${confusion[0]![0]!} of ${total}</title>`);
  });

  test('a training shows its curves and the epoch that was kept', () => {
    const [split] = splitManifest(entries, { protocol: 'speaker', folds: 5, seed: 1 });
    const epochs = [1, 2, 3].map((epoch) => {
      return { epoch, learningRate: 1e-3 / epoch, trainLoss: 2 / epoch, validationLoss: 2.2 / epoch, validationUar: 0.2 * epoch, seconds: 3 };
    }); // prettier-ignore
    const training: TrainingReport = {
      format: 'undertone-training',
      version: 1,
      title: 'tiny',
      createdAt: '2026-01-01',
      model: { name: 'tiny' },
      seed: 1,
      manifestHash: manifest.hash,
      split: describeSplit(entries, split!),
      protocol: 'speaker',
      epochs,
      bestEpoch: 3,
      stopped: 'all epochs done',
    };
    const whole = renderTrainingReport(training);
    expect(whole).toContain('60.0 % in epoch 3, whose weights were kept');
    expect(whole).toContain('No part was held back');
    const interrupted = renderTrainingReport({ ...training, epochs: [], stopped: 'interrupted' });
    expect(whole + interrupted).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('modelEvaluation', () => {
  const random = seededRandom(6);
  const labels = ['neutral', 'happy', 'sad', 'angry', 'fearful', 'disgust'];
  const ravdess = madeUpClips({ corpus: 'RAVDESS', women: 4, men: 4, emotions: EMOTIONS, sentences: 2 });
  const all = [
    ...ravdess,
    ...madeUpClips({ corpus: 'mine', women: 3, men: 0, emotions: ['sad', 'angry'], sentences: 4 }),
  ];
  const predictions = predictClips(all, [...all.keys()], labels, { condition: 'clip', strength: 2, random });
  const judged = modelEvaluation({ model: 'open', labels, temperature: 1.2, entries: all, predictions });

  test('has the keys that its readers know, in their order', () => {
    expect(Object.keys(judged).slice(0, 10)).toEqual(
      ['model', 'clips', 'uar', 'accuracy', 'macroF1', 'ece', 'perClass', 'labels', 'confusion', 'byCorpus'],
    ); // prettier-ignore
    expect(Object.keys(judged.byCorpus.mine!)).toEqual(['clips', 'labels', 'uar', 'accuracy']);
    expect(judged.confusion.flat().reduce((a, b) => a + b)).toBe(judged.clips);
  });

  test('emotions that the model has no label for are counted apart', () => {
    expect(judged.unscored).toEqual({ calm: 16, surprised: 16 });
    expect(judged.clips).toBe(all.length - 32);
    expect(judged.byCorpus.RAVDESS!.clips).toBe(6 * 16);
  });

  test('only a corpus’s own labels compete', () => {
    expect(judged.byCorpus.mine!.labels).toEqual(['sad', 'angry']);
    // Of two labels, chance alone is right half of the time.
    expect(judged.byCorpus.mine!.uar).toBeGreaterThan(0.75);
  });

  test('conditions are never put together', () => {
    const mixed = [...predictions, { ...predictions[0]!, condition: 'adapted-8' as const }];
    const evaluate = () => modelEvaluation({ model: 'open', labels, temperature: 1, entries: all, predictions: mixed });
    expect(evaluate).toThrow(/several conditions \(clip, adapted-8\)/);
  });

  test('nothing to score is an error', () => {
    const calm = predictions.filter(({ index }) => all[index]!.emotion === 'calm');
    const evaluate = () => modelEvaluation({ model: 'open', labels, temperature: 1, entries: all, predictions: calm });
    expect(evaluate).toThrow(expect.objectContaining({ code: 'EVALUATION_INVALID' }));
  });
});
