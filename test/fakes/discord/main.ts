// `npm run fake-discord`: a Discord of one's own, with a page to drive it.
import { parseArgs } from 'node:util';
import { startFakeDiscord, type EncryptionMode } from './index.ts';
import { servePage } from './page/page-server.ts';

const HELP = `Usage: npm run fake-discord -- [options]

Starts a fake Discord on this machine, to try a bot with no account, and a page to drive it:
members join voice and speak, run commands, press buttons; messages are shown as they are edited.

  --port <n>        port of the REST API and the gateway (4801)
  --page-port <n>   port of the page (4800)
  --no-dave         voice without end-to-end encryption
  --mode <mode>     the only encryption mode offered: aead_aes256_gcm_rtpsize or aead_xchacha20_poly1305_rtpsize
  --guilds <n>      how many guilds there are (1)
  --verbose         print what happens
  --help            print this
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4801' },
    'page-port': { type: 'string', default: '4800' },
    'no-dave': { type: 'boolean', default: false },
    mode: { type: 'string' },
    guilds: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const MODES: readonly (string | undefined)[] = [
  undefined,
  'aead_aes256_gcm_rtpsize',
  'aead_xchacha20_poly1305_rtpsize',
] satisfies (EncryptionMode | undefined)[];

if (values.help) {
  print(HELP);
} else if (!MODES.includes(values.mode)) {
  process.stderr.write(`There is no mode "${values.mode!}": see --help.\n`);
  process.exitCode = 2;
} else {
  const discord = await startFakeDiscord({
    port: Number(values.port),
    dave: !values['no-dave'],
    guilds: Array.from({ length: Number(values.guilds) }, (_, i) => ({ name: `Test ${i + 1}` })),
    ...(values.mode !== undefined && { modes: [values.mode as EncryptionMode] }),
    ...(values.verbose && { log: print }),
  });
  const page = await servePage(discord, Number(values['page-port']));
  print('The fake Discord is up. Start your bot with these in its environment:\n');
  for (const [name, value] of Object.entries(discord.environment)) print(`  export ${name}=${value}`);
  print(`\nand drive it from ${page.url}\nCtrl+C ends it.`);
  process.once('SIGINT', () => {
    void discord.stop().then(() => process.exit(0));
  });
}
