import { DaemonError } from "@spoor/daemon";
import { recountCalls } from "@spoor/service-calls";
import { DAY_MS, dayText } from "./days.ts";
import type { Recounted } from "./open-recount.ts";

const HOUR_MS = 3_600_000;
/** Daemons write the links of an hour again as long as late spans of it come; two hours after the last one they forget it. */
const STILL_COUNTED_MS = 3 * HOUR_MS;

export interface JobOptions {
  readonly days: readonly number[];
  readonly peerServiceTag?: string | undefined;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly nowMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Counts one day after the other and tells about each. A day is written when it is counted to its end. */
export async function runJob(store: Recounted, options: JobOptions, print: (line: string) => void): Promise<void> {
  const { signal, peerServiceTag } = options;
  for (const dayMs of options.days) {
    if (options.dryRun !== true && options.force !== true) await refuseIfCounted(store, dayMs, options.nowMs);
    const range = { startTimeMs: dayMs, endTimeMs: dayMs + DAY_MS };
    const { links, spans } = await recountCalls(store, range, { peerServiceTag, signal });
    const day = dayText(dayMs);
    if (options.dryRun === true) {
      const dependencies = links.map(({ parent, child, callCount }) => ({ parent, child, callCount }));
      print(JSON.stringify({ day, spans, dependencies }));
      continue;
    }
    signal?.throwIfAborted();
    const place = await store.replaceDay(dayMs, links);
    print(`${day}: ${links.length} links of ${spans} spans, in ${place}`);
  }
}

/** Links that a daemon still counts would be there twice once it writes them again. */
async function refuseIfCounted(store: Recounted, dayMs: number, nowMs: number): Promise<void> {
  if (dayMs + DAY_MS + STILL_COUNTED_MS < nowMs) return;
  const hours = await store.countedHours(dayMs);
  if (!hours.some((hourMs) => hourMs + HOUR_MS + STILL_COUNTED_MS > nowMs)) return;
  throw new DaemonError(
    "INVALID_SETTINGS",
    `daemons count the calls of ${dayText(dayMs)} themselves as they write spans, and are not done: nothing was changed`,
    {
      hint: "There is nothing to do for this day; or switch counting off (--cassandra.count-dependencies=false, --es.count-dependencies=false), or use --force.",
    },
  );
}
