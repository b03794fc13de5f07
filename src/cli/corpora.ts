import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import {
  CORPORA,
  corpusNamed,
  describeProblems,
  downloadableSource,
  fetchCorpus,
  scanCorpora,
  writeManifest,
  type Corpus,
  type ScanFindings,
} from '../corpora/index.ts';
import { UndertoneError } from '../errors.ts';
import { table } from './output.ts';
import { progressBar, type Progress } from './progress.ts';

/** Of a long list a terminal gets the beginning. */
const MOST_LINES = 12;

export function corporaCommand(): Command {
  const command = new Command('corpora').description('Corpora of emotional speech: list, fetch and check them.');
  command
    .command('list')
    .description('List the corpora that Undertone knows.')
    .option('--json', 'print JSON')
    .action(listCorpora);
  command
    .command('scan')
    .description('Find the clips of known corpora below a folder, decode them all and say what is usable.')
    .argument('<folder>', 'a folder with corpora in it, in any layout and of any audio type')
    .option('--out <path>', 'write a manifest: one labelled clip a line (JSON lines)')
    .option('--json', 'print what was found as JSON')
    .addHelpText(
      'after',
      `
Examples:
  undertone corpora scan corpora/
  undertone corpora scan corpora/ --out manifest.jsonl

File names say what is in the clips, so keep them; endings and folders do not matter.`,
    )
    .action(scan);
  command
    .command('fetch')
    .description('Download corpora from their official homes.')
    .argument('<corpus...>', `which: ${CORPORA.map(({ name }) => name).join(', ')}`)
    .requiredOption('--to <folder>', 'where to: each corpus gets a folder in it')
    .option('--accept-licence', 'accept the corpora’s licences without being asked')
    .option('--mirror <url>', 'download from a mirror that has the official files below their hosts’ names')
    .option('--json', 'print what was fetched as JSON')
    .addHelpText(
      'after',
      `
Examples:
  undertone corpora fetch ravdess tess --to corpora/
  undertone corpora fetch crema-d --to corpora/ --accept-licence

A download that was interrupted goes on where it stopped when the command is run again.`,
    )
    .action(fetchCorpora);
  return command;
}

function listCorpora({ json }: { json?: boolean }): void {
  if (json) {
    const plain = CORPORA.map(({ name, clips, speakers, labels, licence, homepage }) => {
      return { corpus: name, clips, speakers: speakers.length, labels, licence, homepage };
    });
    console.log(JSON.stringify(plain));
    return;
  }
  const rows = CORPORA.map(({ name, clips, speakers, labels, licence, homepage, source }) => {
    const fetched = source.kind === 'by-hand' ? 'by hand' : 'yes';
    return [name, String(clips), String(speakers.length), String(labels.length), fetched, licence, homepage];
  });
  const head = ['corpus', 'clips', 'speakers', 'labels', 'fetch', 'licence', 'home'];
  console.log(table([head, ...rows], ['left', 'right', 'right', 'right', 'left', 'left', 'left']));
}

async function scan(folder: string, { out, json }: { out?: string; json?: boolean }): Promise<void> {
  const progress = progressBar(undefined, 'files');
  const { manifest, findings } = await scanCorpora(folder, { onProgress: progress.update }).finally(progress.stop);
  if (out !== undefined) await writeManifest(out, manifest);
  const clips = manifest.entries.length;
  const durationMs = manifest.entries.reduce((sum, entry) => sum + entry.durationMs, 0);
  if (json) {
    console.log(JSON.stringify({ folder, out, clips, durationMs, hash: manifest.hash, ...findings }));
    return;
  }
  console.log(`${describeCorpora(findings)}\n${describeFiles(findings)}`);
  const length = `${clips} clips, ${(durationMs / 60_000).toFixed(1)} minutes, hash ${manifest.hash.slice(0, 12)}`;
  console.log(out === undefined ? `${length} (--out writes a manifest)` : `${out}: ${length}`);
}

function describeCorpora({ corpora }: ScanFindings): string {
  const rows = corpora.map(({ corpus, found, official, usable, missing, missingSpeakers }) => {
    const speakers = missingSpeakers.length === 0 ? '' : `no ${shorten(missingSpeakers)}`;
    return [corpus, ...[found, official, missing, usable].map(String), speakers];
  });
  const head = ['corpus', 'found', 'official', 'missing', 'usable', 'speakers'];
  const lines = [table([head, ...rows], ['left', 'right', 'right', 'right', 'right', 'left']), ''];
  for (const { corpus, skipped, missingTables } of corpora) {
    for (const [why, count] of Object.entries(skipped)) lines.push(`${corpus}: ${count} files left out: ${why}`);
    for (const { file, gives } of missingTables) lines.push(`${corpus}: ${file} is missing: no ${gives}`);
  }
  return lines.join('\n');
}

/** The first of a list of names, and how many more there are. */
function shorten(names: readonly string[]): string {
  if (names.length <= MOST_LINES) return names.join(', ');
  return `${names.slice(0, MOST_LINES).join(', ')} and ${names.length - MOST_LINES} more`;
}

function describeFiles(findings: ScanFindings): string {
  const sections = describeProblems(findings).map(({ title, lines }) => {
    const shown = lines.slice(0, MOST_LINES).map((line) => `  ${line}\n`);
    const more = lines.length > MOST_LINES ? `  ... and ${lines.length - MOST_LINES} more (--json shows all)\n` : '';
    return `${title}: ${lines.length}\n${shown.join('')}${more}`;
  });
  return sections.join('');
}

interface FetchCommandOptions {
  to?: string;
  acceptLicence?: boolean;
  mirror?: string;
  json?: boolean;
}

async function fetchCorpora(names: readonly string[], options: FetchCommandOptions): Promise<void> {
  const corpora = names.map(corpusNamed);
  // All that could end the command is said before anything is downloaded.
  corpora.forEach(downloadableSource);
  if (!options.acceptLicence) for (const corpus of corpora) await askForConsent(corpus);
  const mirror = options.mirror === undefined ? {} : { mirror: options.mirror };
  const fetched: { corpus: string; folder: string }[] = [];
  for (const corpus of corpora) {
    let progress: Progress | undefined;
    const onProgress = (done: number, total: number, unit: string): void => {
      (progress ??= progressBar(undefined, unit)).update(done, total);
    };
    const folder = await fetchCorpus(corpus, options.to!, { ...mirror, onProgress }).finally(() => progress?.stop());
    fetched.push({ corpus: corpus.name, folder });
    if (!options.json) console.error(`${corpus.name}: in ${folder}`);
  }
  if (options.json) console.log(JSON.stringify({ fetched }));
}

/** @throws UndertoneError USAGE unless the person at the terminal accepts the licence */
async function askForConsent({ name, licence, homepage }: Corpus): Promise<void> {
  const terms = `${name} is licensed under: ${licence}. Its terms: ${homepage}`;
  if (process.stdin.isTTY && process.stderr.isTTY) {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await terminal.question(`${terms}\nDo you accept them? (yes/no) `);
    terminal.close();
    if (/^y(es)?$/i.test(answer.trim())) return;
  }
  throw new UndertoneError('USAGE', {
    subject: name,
    problem: `its licence was not accepted (${licence})`,
    remedy: `Read it at ${homepage} and add --accept-licence.`,
  });
}
