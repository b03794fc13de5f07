import { Command } from 'commander';
import { htmlPage } from '../pictures/index.ts';
import { leakageHtml, leakageMarkdown, leakageRows, readJudgement } from '../training/index.ts';
import { writeFileWhole } from '../whole-file.ts';

const TITLE = 'What a protocol is worth';

export function compareCommand(): Command {
  return new Command('compare')
    .description('Put evaluations of one recipe under several protocols side by side: how much a leaky one flatters.')
    .argument('<folders...>', 'the --out folders of finished evaluations, one a protocol')
    .option('--out <path>', 'write the table as a page (.html) as well')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  undertone evaluate manifest.jsonl --protocol leaky --out reports/leaky
  undertone evaluate manifest.jsonl --protocol speaker --out reports/speaker
  undertone compare reports/leaky reports/speaker

The table is Markdown, as a README wants it.`,
    )
    .action(async (folders: readonly string[], { out, json }: { out?: string; json?: boolean }) => {
      const judgements = await Promise.all(folders.map(readJudgement));
      const rows = leakageRows(judgements.map(({ report }) => report));
      if (out !== undefined) await writeFileWhole(out, [htmlPage({ title: TITLE, body: leakageHtml(rows) })]);
      if (json) console.log(JSON.stringify(rows));
      else process.stdout.write(leakageMarkdown(rows));
    });
}
