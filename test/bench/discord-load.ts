// How the bot bears many servers at once, against the fake Discord: `node test/bench/discord-load.ts [guilds] [seconds]`.
// Prints, as JSON, the times from the end of an utterance to the panel that shows it and to the alert that it raises, and
// what was lost.
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import type { FakeDiscord, FakeGuild, FakeMember, FakeMessage } from '../fakes/discord/api.ts';
import { startFakeDiscord } from '../fakes/discord/fake-discord.ts';
import { startBot } from '../helpers/discord-bot.ts';
import { utterances, type Utterance } from '../helpers/discord-speech.ts';

const guilds = Number(process.argv[2] ?? 50);
const seconds = Number(process.argv[3] ?? 30);
const SPEAKERS = ['anne', 'bert', 'cleo', 'dave'];
const PAUSE_MS = 3_000;
const PACKET_MS = 20;
/** As long as one alert of a speaker takes to follow on another: begun at once, they would come at once every time, more than Discord takes. */
const START_WITHIN_MS = 24_000;

const lengthOf = ({ voiceMs: [from, to] }: Utterance): number => to - from;
const said = alike(await utterances('angry', 14), 8);
/** Whatever is heard raises it, when all of an utterance has been; seldom enough for Discord's limits. */
const ALERT_RULE = {
  name: 'any',
  emotion: ['angry', 'calm', 'disgust', 'fearful', 'happy', 'neutral', 'sad', 'surprised'],
  above: 0,
  forMs: Math.round(lengthOf(said[0]!)),
  coolDownMs: 20_000,
  resetAfterPauseMs: 1_000,
};
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What came of the utterances of one speaker. */
interface Spoken {
  /** Milliseconds from the end of the voice to the panel with it; Infinity where none had it before the next. */
  readonly panelMs: number[];
  /** Until the alert, of those that were raised once the utterance was over. */
  readonly alertMs: number[];
  /** Alerts that came while it was going on. */
  early: number;
  /** How much later than due its last packet was sent: the fake's own part in what is late. */
  readonly sentLateMs: number[];
}

async function prepare(discord: FakeDiscord, guild: FakeGuild): Promise<FakeMessage> {
  await Promise.all(SPEAKERS.map((name) => guild.member(name).join()));
  for (const name of SPEAKERS) await guild.member(name).interact({ command: 'emotion opt-in' });
  const options = { channel: guild.voiceChannel(), 'report-to': guild.textChannel('mods') };
  await guild.member('owner').interact({ command: 'emotion join', options });
  return discord.until(
    () => guild.botVoice.ready && guild.textChannel('text').messages.find(({ text }) => text.includes('**dave**')),
    { timeoutMs: 60_000 },
  );
}

const talked = (text: string, name: string): string | undefined =>
  new RegExp(`\\*\\*${name}\\*\\*[^\\n]*\\n[^\\n]*talked (\\S+)`).exec(text)?.[1];

/** Speaks until the time is over. */
async function converse(member: FakeMember, panel: FakeMessage, untilMs: number): Promise<Spoken> {
  const spoken: Spoken = { panelMs: [], alertMs: [], early: 0, sentLateMs: [] };
  const { messages } = member.guild.textChannel('mods');
  await wait(Math.random() * START_WITHIN_MS);
  for (let turn = 0; Date.now() < untilMs; turn++) {
    const before = talked(panel.text, member.name);
    const { packets, voiceMs } = said[turn % said.length]!;
    const alertsBefore = messages.length;
    const { firstAtMs } = await member.say(packets);
    const endMs = firstAtMs + voiceMs[1];
    spoken.sentLateMs.push(Date.now() - firstAtMs - PACKET_MS * (packets.length - 1));
    await wait(PAUSE_MS);
    const shown = [...panel.history, panel].find(({ embeds, atMs }) => {
      return atMs > endMs && talked(embeds[0]?.description ?? '', member.name) !== before;
    });
    spoken.panelMs.push(shown ? shown.atMs - endMs : Infinity);
    const alert = messages.slice(alertsBefore).find(({ text }) => text.includes(`**${member.name}**`));
    if (alert && alert.atMs > endMs) spoken.alertMs.push(alert.atMs - endMs);
    else if (alert) spoken.early++;
  }
  return spoken;
}

/** The utterances that differ least in length, the shortest first. */
function alike(all: readonly Utterance[], count: number): Utterance[] {
  const sorted = all.toSorted((a, b) => lengthOf(a) - lengthOf(b));
  const spread = (from: number): number => lengthOf(sorted[from + count - 1]!) - lengthOf(sorted[from]!);
  const [first = 0] = Array.from({ length: sorted.length - count + 1 }, (_, from) => from).sort(
    (a, b) => spread(a) - spread(b),
  );
  return sorted.slice(first, first + count);
}

/** In whole milliseconds; null where there is nothing. */
function percentiles(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number | null =>
    sorted.length === 0 ? null : Math.round(sorted[Math.floor(share * (sorted.length - 1))]!);
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), most: at(1) };
}

const names = Array.from({ length: guilds }, (_, at) => `guild ${at}`);
await using discord = await startFakeDiscord({
  guilds: names.map((name) => ({
    name,
    channels: [{ name: 'text' }, { name: 'mods' }, { name: 'talk', type: 'voice' }],
    members: ['owner', ...SPEAKERS].map((who) => ({ name: who, ...(who === 'owner' && { permissions: 8n }) })),
  })),
});
// Nothing is uncertain: each utterance is to raise its alert.
await using bot = await startBot(discord, { config: { threads: 1, abstainBelow: 0, alertRules: [ALERT_RULE] } });
const panels: FakeMessage[] = [];
for (const guild of discord.guilds) panels.push(await prepare(discord, guild));
console.error(`${guilds} servers listen`);
const startedMs = Date.now();
const cpuBefore = cpuSeconds(bot.child.pid!);
const untilMs = startedMs + 1_000 * seconds;
const spoken = await Promise.all(
  discord.guilds.flatMap((guild, at) => SPEAKERS.map((name) => converse(guild.member(name), panels[at]!, untilMs))),
);
const panelMs = spoken.flatMap((one) => one.panelMs);
const elapsed = (Date.now() - startedMs) / 1_000;
const refused = discord.requests.filter(({ status }) => status === 429).length;
console.log(
  JSON.stringify({
    ...{ guilds, speakers: guilds * SPEAKERS.length, utterances: panelMs.length },
    panelMs: percentiles(panelMs.filter(Number.isFinite)),
    neverShown: panelMs.filter((latency) => latency === Infinity).length,
    alertMs: percentiles(spoken.flatMap((one) => one.alertMs)),
    sentLateMs: percentiles(spoken.flatMap((one) => one.sentLateMs)),
    alertsWhileSpeaking: spoken.reduce((sum, { early }) => sum + early, 0),
    botCores: Math.round((100 * (cpuSeconds(bot.child.pid!) - cpuBefore)) / elapsed) / 100,
    ...{
      requestsASecond: Math.round(discord.requests.filter(({ atMs }) => atMs > startedMs).length / elapsed),
      refused,
    },
    warnings: bot.log.filter(({ level }) => level !== 'info').length,
    machineLoad: loadavg().map((load) => Math.round(10 * load) / 10),
  }),
);
await bot.stop();

/** What a process has used so far (proc(5): utime and stime in ticks of 10 ms). */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
