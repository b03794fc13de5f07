// A host of its own in which somebody speaks until the process is killed. It says each segment that was heard.
import { voicePackets, now, startHost, testPlatform } from './host.ts';

const [path] = process.argv.slice(2);
const platform = testPlatform();
const { host } = await startHost(path!, [platform], { abstainBelow: 0 });
const session = platform.host().openSession({ space: 'room' });
await session.noticeGiven('a panel');
session.events.subscribe((event) => {
  if (event.type === 'emotion' && event.of === 'segment') process.stdout.write(`${session.id} ${Date.now()}\n`);
});
const packets = voicePackets(2, 220);
const track = await session.openTrack({ speaker: 'anne', role: 'participant' }, { codec: 'opus' });
for (let round = 0; !host.isStopping; round++) {
  packets.forEach(({ payload }, index) => {
    const count = round * packets.length + index;
    track.write(now({ payload, sequence: count & 0xffff, timestamp: (count * 960) % 2 ** 32, arrivedAtMs: 0 }));
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
}
