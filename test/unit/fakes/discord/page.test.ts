import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startFakeDiscord, type FakeDiscord } from '../../../fakes/discord/index.ts';
import { servePage, type Page } from '../../../fakes/discord/page/page-server.ts';

let discord: FakeDiscord;
let page: Page;

beforeAll(async () => {
  discord = await startFakeDiscord();
  page = await servePage(discord, 0);
});

afterAll(async () => {
  await page.close();
  await discord.stop();
});

const post = async (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${page.url}${path}`, {
    method: 'POST',
    body: JSON.stringify({ guild: discord.guild().id, ...body }),
    headers: { 'content-type': 'application/json', ...headers },
  });

test('the page shows the guild, and members join, speak and leave by it', async () => {
  expect(await (await fetch(page.url)).text()).toContain('<title>Fake Discord</title>');
  const guild = discord.guild();
  const alice = guild.member('alice');
  await post('do/join', { member: alice.id });
  expect(alice.voiceChannel?.name).toBe('general');
  await fetch(`${page.url}say?guild=${guild.id}&member=${alice.id}`, { method: 'POST' });
  expect(alice.talking).toBe(true);
  const state = (await (await fetch(`${page.url}state`)).json()) as { guilds: [{ members: object[] }] };
  expect(state.guilds[0].members).toContainEqual({ id: alice.id, name: 'alice', voice: 'general', talking: true });
  await post('do/leave', { member: alice.id });
  expect(alice.voiceChannel).toBeUndefined();
  await post('do/add-member', { name: 'dora' });
  expect(guild.member('dora').name).toBe('dora');
});

test('what is wrong is said, and other sites may not order anything', async () => {
  const { id } = discord.guild().member('alice');
  const unknown = await post('do/command', { member: id, command: '/nothing' });
  expect(await unknown.json()).toEqual({ error: expect.stringContaining('no command "nothing"') as unknown });
  expect((await post('do/join', { member: id }, { origin: 'http://elsewhere.example' })).status).toBe(403);
});
