import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadSettings, ToThread } from './thread-messages.ts';
import { TrackHost } from './track-host.ts';

const port = parentPort!;
const host = await TrackHost.start(workerData as ThreadSettings, (message) => {
  port.postMessage(message);
});
port.on('message', (message: ToThread) => {
  void host
    .handle(message)
    .catch((cause: unknown) => {
      port.postMessage({ type: 'error', cause });
    })
    .then(() => {
      if (message.type === 'stop') port.close();
    });
});
