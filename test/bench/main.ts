// `npm run bench`: times the hot paths, contenders side by side in one run. `-- --json` prints JSON alone;
// `-- features resample` runs only those; `-- soak --hours=2` lets a host run for that long, as fast as it can.
import { cpus } from 'node:os';
import { benchFeatures } from './features.ts';
import { benchLive } from './live.ts';
import { benchOpusPackets } from './opus-packets.ts';
import { benchPredictor } from './predictor.ts';
import { benchResample } from './resample.ts';
import { benchSoak } from './soak.ts';
import { benchTraining } from './training.ts';

const benches: Record<string, () => object | Promise<object>> = {
  features: benchFeatures,
  resample: benchResample,
  opusPackets: benchOpusPackets,
  training: benchTraining,
  predictor: benchPredictor,
  live: benchLive,
  soak: benchSoak,
};
/** Take minutes: run where they are asked for alone. */
const LONG = ['soak'];

const args = process.argv.slice(2);
const asJson = args.includes('--json');
const wanted = args.filter((arg) => !arg.startsWith('--'));
const unknown = wanted.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`No benchmark "${unknown[0]!}". Known are: ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}

const results: Record<string, unknown> = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length };
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length > 0 ? !wanted.includes(name) : LONG.includes(name)) continue;
  if (!asJson) console.log(`\n${name}`);
  results[name] = await bench();
  if (!asJson) console.log(results[name]);
}
if (asJson) console.log(JSON.stringify(results, null, 2));
