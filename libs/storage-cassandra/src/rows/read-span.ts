import { hexOf, type KeyValue, type Log, type Process, type Span, type SpanReference } from "@spoor/span-model";
import type { types } from "cassandra-driver";
import { type KeyValueRow, keyValueOf } from "./key-value-row.ts";
import { WARNING_KEY } from "./span-row.ts";

export const SPAN_COLUMNS =
  "trace_id, span_id, parent_id, operation_name, flags, start_time, duration, tags, logs, refs, process";

interface LogRow {
  readonly ts: bigint | null;
  readonly fields: readonly KeyValueRow[] | null;
}

interface ReferenceRow {
  readonly ref_type: string | null;
  readonly trace_id: Buffer | null;
  readonly span_id: bigint | null;
}

interface ProcessRow {
  readonly service_name: string | null;
  readonly tags: readonly KeyValueRow[] | null;
}

/** What protobuf's Timestamp holds, in microseconds: the years 1 to 9999. */
const EARLIEST_US = -62_135_596_800_000_000n;
const LATEST_US = 253_402_300_799_999_999n;
/** What protobuf's Duration holds, in microseconds: 10,000 years either way. */
const LONGEST_US = 315_576_000_000_000_000n;

/** Turns rows of one read into spans; spans of equal processes share one object. */
export class SpanRowReader {
  readonly #processes = new Map<string, Process>();

  /** A row with {@link SPAN_COLUMNS}. */
  read(row: types.Row): Span {
    const traceId = hexId(row.get("trace_id") as Buffer | null, 16);
    const warnings: string[] = [];
    const tags: KeyValue[] = [];
    for (const each of (row.get("tags") as readonly KeyValueRow[] | null) ?? []) {
      const tag = keyValueOf(each);
      if (tag.type === "string" && tag.key.startsWith(WARNING_KEY)) warnings.push(tag.value);
      else tags.push(tag);
    }
    return {
      traceId,
      spanId: spanIdOf(row.get("span_id") as bigint | null),
      operationName: (row.get("operation_name") as string | null) ?? "",
      references: referencesOf(row, traceId),
      flags: ((row.get("flags") as number | null) ?? 0) >>> 0,
      startTimeNs: timeNs(row.get("start_time") as bigint | null),
      durationNs: clamp((row.get("duration") as bigint | null) ?? 0n, -LONGEST_US, LONGEST_US) * 1000n,
      tags,
      logs: ((row.get("logs") as readonly LogRow[] | null) ?? []).map(logOf),
      process: this.#process(row.get("process") as ProcessRow | null),
      warnings,
    };
  }

  #process(row: ProcessRow | null): Process {
    const tags = (row?.tags ?? []).map(keyValueOf);
    const serviceName = row?.service_name ?? "";
    const key = JSON.stringify([serviceName, tags], (_, value: unknown) => {
      if (typeof value === "bigint") return `${value}n`;
      return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
    });
    let process = this.#processes.get(key);
    if (process === undefined) {
      process = { serviceName, tags };
      this.#processes.set(key, process);
    }
    return process;
  }
}

export function spanIdOf(id: bigint | null): string {
  return BigInt.asUintN(64, id ?? 0n)
    .toString(16)
    .padStart(16, "0");
}

export function hexId(bytes: Buffer | null, length: number): string {
  if (bytes === null) return "0".repeat(length * 2);
  // Shorter ids would be another writer's: they are the low bytes.
  return hexOf(bytes, Math.max(0, bytes.length - length), Math.min(length, bytes.length)).padStart(length * 2, "0");
}

/** Old versions of v1 kept the parent in a column of its own. */
export function referencesOf(row: types.Row, traceId: string): SpanReference[] {
  const references = ((row.get("refs") as readonly ReferenceRow[] | null) ?? []).map(
    (each): SpanReference => ({
      type: each.ref_type === "follows-from" ? "FOLLOWS_FROM" : "CHILD_OF",
      traceId: hexId(each.trace_id, 16),
      spanId: spanIdOf(each.span_id),
    }),
  );
  const parentId = row.get("parent_id") as bigint | null;
  if (parentId === null || parentId === 0n) return references;
  const spanId = spanIdOf(parentId);
  if (references.some((each) => each.traceId === traceId && each.spanId === spanId)) return references;
  return [{ type: "CHILD_OF", traceId, spanId }, ...references];
}

function logOf(row: LogRow): Log {
  return { timestampNs: timeNs(row.ts), fields: (row.fields ?? []).map(keyValueOf) };
}

function timeNs(us: bigint | null): bigint {
  return clamp(us ?? 0n, EARLIEST_US, LATEST_US) * 1000n;
}

function clamp(value: bigint, least: bigint, most: bigint): bigint {
  return value < least ? least : value > most ? most : value;
}
