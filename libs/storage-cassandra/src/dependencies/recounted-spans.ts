import type { RecountedSpan, RecountedStore, RecountOptions, RecountRange } from "@spoor/service-calls";
import { parentReference } from "@spoor/span-model";
import { valueText } from "@spoor/span-wire";
import { type DependencyLink, StorageError } from "@spoor/storage-api";
import type { types } from "cassandra-driver";
import type { CassandraConnectionOptions } from "../options.ts";
import { type KeyValueRow, keyValueOf } from "../rows/key-value-row.ts";
import { hexId, referencesOf, spanIdOf } from "../rows/read-span.ts";
import { detectSchema, type SchemaFeatures } from "../schema/detect.ts";
import { Session } from "../session.ts";
import { DayScan } from "./day-scan.ts";
import { rowTimes } from "./dependency-rows.ts";
import { replaceDay } from "./replace-day.ts";
import { spanFinder } from "./stored-calls.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const DEFAULT_GROUP_SPANS = 20_000;

export interface CassandraRecountOptions {
  readonly connection?: CassandraConnectionOptions;
  /** Spans held at once by each of a few lanes. */
  readonly groupSpans?: number;
}

/** Dependency links of days that are over, counted again. */
export interface CassandraRecount extends RecountedStore {
  /** Where links are written. */
  readonly table: NonNullable<SchemaFeatures["dependenciesTable"]>;
  /** Hours of the day whose links were counted as spans were stored, milliseconds since the epoch; whoever counts them may write them again. */
  countedHours(dayMs: number): Promise<readonly number[]>;
  /** Writes the links of a UTC day in v1's layout, in place of all that is there for it. */
  replaceDay(dayMs: number, links: readonly DependencyLink[]): Promise<void>;
  close(): Promise<void>;
}

/** Connects for counting. Rejects with `UNAVAILABLE` and the flag or object at fault. */
export async function openCassandraRecount(options: CassandraRecountOptions = {}): Promise<CassandraRecount> {
  const session = await Session.open(options.connection ?? {});
  try {
    const { dependenciesTable: table } = await detectSchema(session, "spans");
    const { keyspace, flagPrefix } = session.target;
    if (table === undefined) {
      throw new StorageError(
        "UNAVAILABLE",
        `keyspace ${keyspace} (--${flagPrefix}.keyspace) has no table dependencies_v2: the cassandra-schema tool creates it`,
      );
    }
    const groupSpans = options.groupSpans ?? DEFAULT_GROUP_SPANS;
    return {
      table,
      spanGroups: (range, recount) => spanGroups(session, range, groupSpans, recount),
      findSpans: spanFinder(session),
      async countedHours(dayMs) {
        const times = await rowTimes(session, table, dayMs, dayMs + DAY_MS);
        // v1's job, and this one, write at the very beginning of the day.
        return [...times].filter((timeMs) => timeMs !== dayMs).map((timeMs) => Math.floor(timeMs / HOUR_MS) * HOUR_MS);
      },
      replaceDay: (dayMs, links) => replaceDay(session, table, dayMs, links),
      close: () => session.close(),
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Rows of a trace stand together in the table, so that a trace is whole when the next one begins. */
async function* spanGroups(
  session: Session,
  range: RecountRange,
  groupSpans: number,
  { peerServiceTag, signal }: RecountOptions,
): AsyncGenerator<readonly RecountedSpan[]> {
  // Callers begin before whom they call, or a little later by another clock.
  const scan = new DayScan(session, { startTimeMs: range.startTimeMs - HOUR_MS, endTimeMs: range.endTimeMs + HOUR_MS });
  yield* scan.groups((row) => recountedSpan(row, peerServiceTag), groupSpans, signal);
}

function recountedSpan(row: types.Row, peerServiceTag: string | undefined): RecountedSpan {
  const traceId = hexId(row.get("trace_id") as Buffer | null, 16);
  const tags = (row.get("tags") as readonly KeyValueRow[] | null) ?? [];
  const span: RecountedSpan = {
    traceId,
    spanId: spanIdOf(row.get("span_id") as bigint | null),
    parentSpanId: parentReference(traceId, referencesOf(row, traceId))?.spanId,
    serviceName: String(row.get("service") ?? ""),
    spanKind: tagText(tags, "span.kind"),
    startTimeUs: Number((row.get("start_time") as bigint | null) ?? 0n),
  };
  return peerServiceTag === undefined ? span : { ...span, peerService: tagText(tags, peerServiceTag) };
}

function tagText(tags: readonly KeyValueRow[], key: string): string {
  const row = tags.find((tag) => tag.key === key);
  return row === undefined ? "" : valueText(keyValueOf(row));
}
