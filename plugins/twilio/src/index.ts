import { annotationRefused, definePlugin, refuseUpgrade, type PlatformPlugin, type PluginHost } from 'undertone';
import { annotationRefSchema, Annotator } from './annotator.ts';
import { CallDesk } from './call-desk.ts';
import { commands } from './commands/index.ts';
import { RecordedCalls } from './recorded-calls.ts';
import { restClient } from './rest-client.ts';
import { credentialsOf, requireSteps, settingsOf, wrong } from './settings.ts';
import { Signatures } from './signatures.ts';
import { StreamSockets } from './stream-sockets.ts';
import { makeTargets, type Targets } from './targets/index.ts';
import { Webhooks } from './webhooks.ts';

/** What runs between start and stop. */
interface Running {
  readonly webhooks: Webhooks;
  readonly recordings: RecordedCalls;
  readonly sockets: StreamSockets;
  readonly signatures: Signatures;
  readonly targets: Targets;
}

/** Undertone on calls that Twilio carries. */
export function twilioPlugin(): PlatformPlugin {
  let running: Running | undefined;
  return definePlugin({
    name: 'twilio',
    mountAt: '/twilio',
    commands,
    capabilities: { live: true, batch: true, perSpeaker: true, edit: true, privateReply: false },
    async start(host) {
      running = run(host);
      await running.recordings.resume();
    },
    async stop() {
      await Promise.all([running?.sockets.close(), running?.recordings.stop()]);
    },
    async handleHttp(request, response, body) {
      await running!.webhooks.handle(request, response, body);
    },
    handleUpgrade(request, socket, head) {
      const { signatures, sockets } = running!;
      if (!/^\/stream\/?$/.test(request.url ?? '')) refuseUpgrade(socket, 404);
      else if (!sockets.hasRoom) refuseUpgrade(socket, 503);
      else sockets.accept(request, socket, head, () => signatures.isUpgrade(request));
    },
    async publish(ref, annotation, { idempotencyKey }) {
      const parsed = annotationRefSchema.parse(ref);
      const target = running!.targets[parsed.target];
      if (!target) throw annotationRefused(`The target ${parsed.target} is switched off`);
      await target({ ref: parsed, annotation, idempotencyKey });
    },
  });
}

export const plugin = twilioPlugin();

function run(host: PluginHost): Running {
  const settings = settingsOf(host.config);
  const credentials = credentialsOf(host.config);
  const { authToken, webhookSecret } = credentials;
  requireSteps(settings);
  if (authToken === undefined && !host.isInsecure) {
    throw wrong('authToken', 'is not set, so that nobody could tell Twilio from others', 'Set TWILIO_AUTH_TOKEN; to try things on this machine alone: undertone serve --insecure.'); // prettier-ignore
  }
  if (authToken !== undefined && settings.publicUrl === undefined) {
    throw wrong('publicUrl', 'is not set, and signatures are over it', 'Say where Twilio reaches this host: https://calls.example.org.'); // prettier-ignore
  }
  if (settings.agent.hear) requireLawfulAgents(host, settings.agent.speaker);
  const client = restClient(credentials, settings);
  const targets = makeTargets(settings, client, webhookSecret, host.clock);
  const annotator = new Annotator(settings.annotations);
  const desk = new CallDesk(host, settings, credentials, (news, call, { streamId, parameters }) => {
    annotator.tell(news, call, streamId, parameters);
  });
  const signatures = new Signatures(authToken, settings.publicUrl);
  const recordings = new RecordedCalls({
    ...{ host, settings, credentials, client },
    onNews: (news, call, recordingSid) => {
      annotator.tell(news, call, recordingSid, {});
    },
  });
  const webhooks = new Webhooks({ settings, signatures, desk, recordings, log: host.log });
  return { webhooks, recordings, sockets: new StreamSockets(desk, settings.stream, host.log), signatures, targets };
}

/** The switch that has agents heard is said in the log each time. */
function requireLawfulAgents({ consent, log }: PluginHost, speaker: string): void {
  const verdict = consent.mayHear({ space: '', speaker }, 'employee', true);
  if (!verdict.allowed && verdict.reason !== 'not-granted') {
    throw wrong('agent.hear', `is true, but the host may not hear agents (${verdict.reason})`, 'See consent.mode, consent.allowWorkplaceAndEducation and its legalNotice.'); // prettier-ignore
  }
  log.warn('agents are heard in calls: the operator has switched it on and answers for its lawfulness');
}
