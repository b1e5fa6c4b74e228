import type { DependencyLink } from "@spoor/storage-api";
import { types } from "cassandra-driver";
import { pagesOf } from "../paging.ts";
import { bigintValue, CqlWriter } from "../rows/cql-writer.ts";
import type { SchemaFeatures } from "../schema/detect.ts";
import type { Session, Statement } from "../session.ts";
import { LinkSums } from "./link-sums.ts";

const DAY_MS = 86_400_000;
/** With more days than this, the days that have rows at all are asked for first. */
const MAX_LISTED_DAYS = 100;
const ROWS_A_PAGE = 100;
const TIMES_A_PAGE = 1000;
const writer = new CqlWriter();

interface DependencyRow {
  readonly parent: string | null;
  readonly child: string | null;
  readonly call_count: bigint | null;
  readonly source?: string | null;
}

/** Links of both versions of v1's table, with v1's consistency. */
export async function readLinks(
  session: Session,
  table: SchemaFeatures["dependenciesTable"],
  range: { readonly startTimeMs: number; readonly endTimeMs: number },
  signal: AbortSignal | undefined,
): Promise<readonly DependencyLink[]> {
  const totals = new LinkSums();
  const bounds = [timestamp(range.startTimeMs), timestamp(range.endTimeMs)];
  const statements: Statement[] = [];
  if (table === "dependencies_v2") {
    for (const day of await daysOf(session, range)) {
      statements.push({
        query: "SELECT dependencies FROM dependencies_v2 WHERE ts_bucket = ? AND ts >= ? AND ts <= ?",
        params: [timestamp(day), ...bounds],
      });
    }
  } else if (table === "dependencies") {
    statements.push({
      query: "SELECT dependencies FROM dependencies WHERE ts_index >= ? AND ts_index <= ?",
      params: bounds,
    });
  }
  for (const statement of statements) {
    const options = { fetchSize: ROWS_A_PAGE, consistency: types.consistencies.one };
    for await (const rows of pagesOf(session, statement, options, signal)) {
      for (const row of rows) {
        for (const each of (row.get("dependencies") as readonly DependencyRow[] | null) ?? []) totals.add(linkOf(each));
      }
    }
  }
  return totals.links();
}

/** Replaces the row of that time. */
export async function writeLinks(
  session: Session,
  table: SchemaFeatures["dependenciesTable"],
  timeMs: number,
  links: readonly DependencyLink[],
): Promise<void> {
  const time = timestamp(timeMs);
  if (table === "dependencies_v2") {
    const day = timestamp(Math.floor(timeMs / DAY_MS) * DAY_MS);
    const insert = "INSERT INTO dependencies_v2 (ts_bucket, ts, dependencies) VALUES (?, ?, ?)";
    await session.writeRow(insert, [day, time, linksValue(links, true)]);
  } else if (table === "dependencies") {
    const insert = "INSERT INTO dependencies (ts, ts_index, dependencies) VALUES (?, ?, ?)";
    await session.writeRow(insert, [time, time, linksValue(links, false)]);
  }
}

/** Times of rows from `fromMs` up to and without `toMs`, all of one day. */
export async function rowTimes(
  session: Session,
  table: NonNullable<SchemaFeatures["dependenciesTable"]>,
  fromMs: number,
  toMs: number,
): Promise<ReadonlySet<number>> {
  const bounds = [timestamp(fromMs), timestamp(toMs)];
  const statement =
    table === "dependencies_v2"
      ? {
          query: "SELECT ts FROM dependencies_v2 WHERE ts_bucket = ? AND ts >= ? AND ts < ?",
          params: [timestamp(Math.floor(fromMs / DAY_MS) * DAY_MS), ...bounds],
        }
      : { query: "SELECT ts FROM dependencies WHERE ts_index >= ? AND ts_index < ?", params: bounds };
  const times = new Set<number>();
  for await (const rows of pagesOf(session, statement, { fetchSize: TIMES_A_PAGE })) {
    for (const row of rows) times.add((row.get("ts") as Date).getTime());
  }
  return times;
}

async function daysOf(
  session: Session,
  range: { readonly startTimeMs: number; readonly endTimeMs: number },
): Promise<readonly number[]> {
  const first = Math.floor(range.startTimeMs / DAY_MS);
  const last = Math.floor(range.endTimeMs / DAY_MS);
  if (last - first < MAX_LISTED_DAYS) {
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * DAY_MS);
  }
  const days: number[] = [];
  const statement = { query: "SELECT DISTINCT ts_bucket FROM dependencies_v2", params: [] };
  const options = { fetchSize: TIMES_A_PAGE, consistency: types.consistencies.one };
  for await (const rows of pagesOf(session, statement, options)) {
    for (const row of rows) days.push((row.get("ts_bucket") as Date).getTime());
  }
  return days.filter((day) => day >= first * DAY_MS && day <= last * DAY_MS).sort((a, b) => a - b);
}

function linkOf(row: DependencyRow): DependencyLink {
  return {
    parent: row.parent ?? "",
    child: row.child ?? "",
    callCount: Number(row.call_count ?? 0n),
    source: row.source ?? "",
  };
}

function linksValue(links: readonly DependencyLink[], withSource: boolean): Buffer {
  writer.int32(links.length);
  for (const link of links) {
    const item = writer.begin();
    writer.text(link.parent);
    writer.text(link.child);
    writer.bigint(BigInt(link.callCount));
    if (withSource) writer.text(link.source);
    writer.end(item);
  }
  return writer.take();
}

function timestamp(ms: number): Buffer {
  return bigintValue(BigInt(Math.floor(ms)));
}
