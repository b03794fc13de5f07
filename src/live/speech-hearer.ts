import type { FeatureMatrix } from '../features/index.ts';
import {
  samplePages,
  type EmotionPrediction,
  type EmotionPredictor,
  type FrameStatistics,
  type SpeechListener,
} from '../predictor/index.ts';

/** A stretch of somebody's speech whose emotion is asked for. */
export interface SpeechClip {
  /** What a listener heard of it; null: it is no speech. */
  readonly heard: FeatureMatrix | null;
  /** Asked first where it may be no speech. */
  readonly isSpeech?: () => Promise<boolean>;
  /** What is known of the voice from before; null: nothing. */
  readonly voice: FrameStatistics | null;
  /** A segment that is complete, and not the last seconds of one under way. */
  readonly isSegment: boolean;
}

/** What was heard in a {@link SpeechClip}. */
export interface HeardSpeech {
  readonly prediction: EmotionPrediction;
  /** How much the voice's own normal counted, 0..1; null where the model knows no speakers. */
  readonly normalShare: number | null;
  /** The label of a segment if nothing had been known of the voice; null for windows, where nothing was, and in haste. */
  readonly labelWithout: string | null;
  /** The clip's own share in what is known of the voice from now on; null for windows. */
  readonly voice: FrameStatistics | null;
}

/** Hears emotions in the speech of many tracks. */
export interface SpeechHearer {
  readonly model: string;
  readonly labels: readonly string[];
  readonly sampleRateHz: number;
  /** The longest clip that the model hears in one piece, in milliseconds. */
  readonly maxMs: number;
  /** The model's own threshold of confidence below which a prediction is `uncertain`, 0..1. */
  readonly abstainBelow: number;
  /** Begins to hear a sound; sounds share their memory. */
  listen(): SpeechListener;
  /**
   * One answer a clip, in their order; null: it is no speech.
   * @param inHaste leave out what can be done without
   */
  hear(clips: readonly SpeechClip[], inHaste?: boolean): Promise<(HeardSpeech | null)[]>;
  close(): Promise<void>;
}

/** What a {@link SpeechHearer} says of its model. */
export function hearingFacts({
  model: { id, config },
  labels,
  sampleRateHz,
}: EmotionPredictor): Omit<SpeechHearer, 'listen' | 'hear' | 'close'> {
  const { windows, calibration } = config;
  return { model: id, labels, sampleRateHz, maxMs: windows.maxMs, abstainBelow: calibration.abstainBelow };
}

/** Hears with a predictor in this thread. */
export function hearWith(predictor: EmotionPredictor): SpeechHearer {
  const pages = samplePages(predictor.sampleRateHz, true);
  return {
    ...hearingFacts(predictor),
    listen: () => predictor.listen(pages),
    hear: (clips, inHaste) => hearClips(predictor, clips, inHaste),
    close: () => predictor.close(),
  };
}

type CertainSpeech = SpeechClip & { readonly heard: FeatureMatrix };

/** Leaves out what is no speech, and hears the rest. */
export async function hearClips(
  predictor: EmotionPredictor,
  clips: readonly SpeechClip[],
  inHaste = false,
): Promise<(HeardSpeech | null)[]> {
  const speech: CertainSpeech[] = [];
  for (const clip of clips) {
    if (isHeard(clip) && (!clip.isSpeech || (await clip.isSpeech()))) speech.push(clip);
  }
  const heard = await hearSpeech(predictor, speech, inHaste);
  return clips.map((clip) => heard[speech.indexOf(clip as CertainSpeech)] ?? null);
}

function isHeard(clip: SpeechClip): clip is CertainSpeech {
  return clip.heard !== null;
}

/** All clips in one batch, and with them, unless in haste, those segments again whose voice is known, as if it were not. */
async function hearSpeech(
  predictor: EmotionPredictor,
  clips: readonly CertainSpeech[],
  inHaste: boolean,
): Promise<HeardSpeech[]> {
  const heard = clips.map(({ heard: clip, voice }) => {
    const own = predictor.unknownSpeaker().add(clip);
    const known = voice === null ? own : predictor.unknownSpeaker().merge(voice).merge(own);
    return { clip, own, known };
  });
  const again = heard.filter((_, index) => !inHaste && clips[index]!.isSegment && clips[index]!.voice !== null);
  const all = [...heard, ...again];
  const speakers = [...heard.map(({ known }) => known), ...again.map(({ own }) => own)];
  const predictions = await predictor.predictHeard(
    all.map(({ clip }) => clip),
    { speakers },
  );
  return heard.map((one, index): HeardSpeech => {
    const { isSegment } = clips[index]!;
    const without = again.indexOf(one);
    return {
      prediction: predictions[index]!,
      normalShare: predictor.normalShare(one.known),
      labelWithout: without < 0 ? null : predictions[heard.length + without]!.label,
      voice: isSegment ? one.own : null,
    };
  });
}
