import { UndertoneError } from 'undertone';
import type { RestClient } from '../rest-client.ts';
import { withAnnotation } from './brief.ts';
import type { Target } from './target.ts';

/**
 * The attributes of the call's task: the one that the stream's parameters name, else the one with the call's SID in its
 * attributes, as `<Enqueue>` makes it. Somebody who changes them in between has us try again.
 */
export function taskRouterTarget(client: RestClient, workspaceSid: string): Target {
  const workspace = client.taskrouter.v1.workspaces(workspaceSid);
  return async ({ ref, annotation }) => {
    const task = workspace.tasks(ref.taskSid ?? (await taskOf(ref.callSid)));
    const { body, headers } = await task.fetchWithHttpInfo();
    const attributes = withAnnotation(body.attributes, annotation, ref);
    if (attributes === undefined) return;
    const etag = (headers as Record<string, string | undefined> | undefined)?.etag;
    await task.update({ attributes, ...(etag !== undefined && { ifMatch: etag }) });
  };

  async function taskOf(callSid: string): Promise<string> {
    const [task] = await workspace.tasks.list({ evaluateTaskAttributes: `call_sid == "${callSid}"`, limit: 1 });
    if (task) return task.sid;
    throw new UndertoneError('PLUGIN_FAILED', {
      subject: 'TaskRouter',
      problem: 'has no task of this call',
      remedy: 'It may come to be: it is tried again. Only calls that are enqueued with a workflow have tasks.',
    });
  }
}
