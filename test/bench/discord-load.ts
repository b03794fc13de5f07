// How the bot bears many servers at once, against the fake Discord: `node test/bench/discord-load.ts [guilds] [seconds]`.
// Prints the time from the end of an utterance to the panel that shows it, and what was lost.
import { readFileSync } from 'node:fs';
import type { FakeDiscord, FakeGuild, FakeMember, FakeMessage } from '../fakes/discord/api.ts';
import { startFakeDiscord } from '../fakes/discord/fake-discord.ts';
import { startBot } from '../helpers/discord-bot.ts';
import { PAUSE_SECONDS, speech } from '../helpers/discord-speech.ts';

const guilds = Number(process.argv[2] ?? 50);
const seconds = Number(process.argv[3] ?? 30);
const SPEAKERS = ['anne', 'bert', 'cleo', 'dave'];
const PAUSE_MS = 3_000;

const utterances = await Promise.all(Array.from({ length: 8 }, (_, at) => speech('angry', 1, at)));
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function prepare(discord: FakeDiscord, guild: FakeGuild): Promise<FakeMessage> {
  await Promise.all(SPEAKERS.map((name) => guild.member(name).join()));
  for (const name of SPEAKERS) await guild.member(name).interact({ command: 'emotion opt-in' });
  await guild.member('owner').interact({ command: 'emotion join', options: { channel: guild.voiceChannel() } });
  return discord.until(
    () => guild.botVoice.ready && guild.textChannel('text').messages.find(({ text }) => text.includes('**dave**')),
    { timeoutMs: 60_000 },
  );
}

const talked = (text: string, name: string): string | undefined =>
  new RegExp(`\\*\\*${name}\\*\\*[^\\n]*\\n[^\\n]*talked (\\S+)`).exec(text)?.[1];

/** Speaks until the time is over; gives the latency of each utterance, in milliseconds. */
async function converse(member: FakeMember, panel: FakeMessage, untilMs: number): Promise<number[]> {
  const latencies: number[] = [];
  await wait(Math.random() * 5_000);
  for (let turn = 0; Date.now() < untilMs; turn++) {
    const before = talked(panel.text, member.name);
    const { lastAtMs } = await member.say(utterances[turn % utterances.length]!);
    // The recording ends with a pause.
    const endMs = lastAtMs - 1_000 * PAUSE_SECONDS;
    await wait(PAUSE_MS);
    const shown = [...panel.history, panel].find(({ embeds, atMs }) => {
      return atMs > endMs && talked(embeds[0]?.description ?? '', member.name) !== before;
    });
    latencies.push(shown ? shown.atMs - endMs : Infinity);
  }
  return latencies;
}

const names = Array.from({ length: guilds }, (_, at) => `guild ${at}`);
await using discord = await startFakeDiscord({
  guilds: names.map((name) => ({ name, members: ['owner', ...SPEAKERS].map((who) => ({ name: who, ...(who === 'owner' && { permissions: 8n }) })) })), // prettier-ignore
});
await using bot = await startBot(discord, { config: { threads: 1 } });
const panels: FakeMessage[] = [];
for (const guild of discord.guilds) panels.push(await prepare(discord, guild));
console.log(`${guilds} servers listen`);
const startedMs = Date.now();
const cpuBefore = cpuSeconds(bot.child.pid!);
const untilMs = startedMs + 1_000 * seconds;
const latencies = (
  await Promise.all(
    discord.guilds.flatMap((guild, at) => SPEAKERS.map((name) => converse(guild.member(name), panels[at]!, untilMs))),
  )
).flat();
const sorted = latencies.toSorted((a, b) => a - b);
const at = (share: number): number => Math.round(sorted[Math.floor(share * (sorted.length - 1))]!);
const elapsed = (Date.now() - startedMs) / 1_000;
const refused = discord.requests.filter(({ status }) => status === 429).length;
console.log(
  JSON.stringify({
    ...{ guilds, speakers: guilds * SPEAKERS.length, utterances: latencies.length },
    panelMs: { p50: at(0.5), p95: at(0.95), most: sorted.at(-1) },
    neverShown: latencies.filter((latency) => latency === Infinity).length,
    botCores: Math.round((100 * (cpuSeconds(bot.child.pid!) - cpuBefore)) / elapsed) / 100,
    ...{
      requestsASecond: Math.round(discord.requests.filter(({ atMs }) => atMs > startedMs).length / elapsed),
      refused,
    },
    warnings: bot.log.filter(({ level }) => level !== 'info').length,
  }),
);
await bot.stop();

/** What a process has used so far (proc(5): utime and stime in ticks of 10 ms). */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
