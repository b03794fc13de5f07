import type { CallReport } from 'undertone';
import { isMissing, type RestClient } from '../rest-client.ts';
import type { Settings } from '../settings.ts';
import type { Delivery, Target } from './target.ts';

/** Sync takes 16 KiB of data. */
const MOST_BYTES = 15_000;

/** A conflict (409) says that it is there already. */
const isThere = (cause: unknown): boolean => (cause as { readonly status?: number }).status === 409;

/** An item in the map `undertone-<CallSid>` of a Sync service, by the annotation's key: it can be made but once. */
export function syncTarget(
  client: RestClient,
  { serviceSid, keepSeconds }: NonNullable<Settings['annotations']['sync']>,
): Target {
  const { syncMaps } = client.sync.v1.services(serviceSid);
  return async (delivery) => {
    const uniqueName = `undertone-${delivery.ref.callSid}`;
    const create = async (): Promise<void> => {
      const { syncMapItems } = client.sync.v1.services(serviceSid).syncMaps(uniqueName);
      await syncMapItems.create({ key: delivery.ref.key, data: dataOf(delivery) }).catch((cause: unknown) => {
        if (!isThere(cause)) throw cause;
      });
    };
    try {
      await create();
    } catch (cause) {
      if (!isMissing(cause)) throw cause;
      await syncMaps.create({ uniqueName, collectionTtl: keepSeconds }).catch((error: unknown) => {
        if (!isThere(error)) throw error;
      });
      await create();
    }
  };
}

/** A summary whose timeline is too long goes without it. */
function dataOf({ annotation: { kind, content } }: Delivery): object {
  const data = { kind, ...content };
  if (kind !== 'summary' || JSON.stringify(data).length <= MOST_BYTES) return data;
  const { speakers, alerts, ...rest } = content as unknown as CallReport;
  const short = speakers.map((speaker) => ({
    ...speaker,
    timeline: [],
    turningPoints: speaker.turningPoints.slice(0, 20),
  }));
  return { kind, ...rest, alerts: alerts.slice(0, 10), speakers: short };
}
