import { Command } from 'commander';
import { exploreCorpora } from '../corpora/index.ts';
import { writeFileWhole } from './output.ts';
import { progressBar } from './progress.ts';

export function exploreCommand(): Command {
  return new Command('explore')
    .description('Write a page about the corpora in a folder: what there is, and how the emotions sound in numbers.')
    .argument('<folder>', 'a folder with corpora in it, in any layout and of any audio type')
    .requiredOption('--out <path>', 'the HTML page to write: one file, without sound')
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      `
Example:
  undertone explore corpora/ --out report.html`,
    )
    .action(explore);
}

async function explore(folder: string, { out, json }: { out?: string; json?: boolean }): Promise<void> {
  const progress = progressBar(undefined, 'files');
  const exploration = await exploreCorpora(folder, { onProgress: progress.update }).finally(progress.stop);
  await writeFileWhole(out!, [exploration.html]);
  const { clips, measured } = exploration;
  if (json) console.log(JSON.stringify({ folder, out, clips, measured }));
  else console.error(`${out!}: ${clips} clips, loudness and pitch of ${measured} of them`);
}
