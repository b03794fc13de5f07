import { numberedSpeakers, stemAndFolder, type Corpus } from './corpus.ts';
import { EMOTIONS } from './emotions.ts';

const SENTENCES = ['kids', 'dogs'] as const;
const NAME = /^(0[123])-(0[12])-0([1-8])-(0[12])-0([12])-(0[12])-(0[1-9]|1\d|2[0-4])$/;

/**
 * RAVDESS, the speech: Livingstone and Russo, "The Ryerson Audio-Visual Database of Emotional Speech and Song", PLoS
 * ONE 13(5), 2018. `03-01-05-02-01-01-16`: modality, channel, emotion, intensity, sentence, repetition, actor; odd
 * actors are male.
 */
export const ravdess: Corpus = {
  name: 'RAVDESS',
  homepage: 'https://doi.org/10.5281/zenodo.1188976',
  licence: 'CC BY-NC-SA 4.0',
  labels: EMOTIONS,
  clips: 1440,
  speakers: numberedSpeakers(1, 24),
  source: {
    kind: 'zip',
    url: 'https://zenodo.org/records/1188976/files/Audio_Speech_Actors_01-24.zip',
    md5: 'bc696df654c87fed845eb13823edef8a',
    bytes: 208_468_073,
  },
  recognise(path) {
    const { stem, folder } = stemAndFolder(path);
    const parts = NAME.exec(stem);
    if (parts === null) return undefined;
    const [, modality, channel, emotion, intensity, sentence, repetition, actor] = parts;
    if (channel === '02') return { skipped: 'song' };
    // The sound of the videos is the same as that of the audio files.
    if (modality !== '03') return { skipped: 'video' };
    const folderActor = /^actor_(\d\d)$/i.exec(folder)?.[1];
    return {
      clip: stem,
      speaker: actor!,
      sex: Number(actor) % 2 === 1 ? 'male' : 'female',
      // The corpus numbers its emotions in just our order.
      emotion: EMOTIONS[Number(emotion) - 1]!,
      sentence: SENTENCES[Number(sentence) - 1]!,
      take: repetition!,
      // Neutral has one intensity.
      ...(emotion === '1' ? {} : { intensity: intensity === '02' ? 'strong' : 'normal' }),
      ...(folderActor === undefined || folderActor === actor ? {} : { contradiction: `actor ${folderActor}` }),
    };
  },
};
