import {
  type CallingSpan,
  type CallStore,
  LiveCallCounter,
  type LiveCallOptions,
  type StoredSpan,
  type WantedSpans,
} from "@spoor/service-calls";
import { hexOf, parentReference, type SpanReference } from "@spoor/span-model";
import type { SpanBatch, SpanFields } from "@spoor/span-wire";
import { Limiter } from "../limiter.ts";
import { pagesOf } from "../paging.ts";
import { traceIdValue } from "../read/trace-rows.ts";
import { bigintValue } from "../rows/cql-writer.ts";
import { type KeyValueRow, keyValueOf } from "../rows/key-value-row.ts";
import { spanIdOf } from "../rows/read-span.ts";
import type { SchemaFeatures } from "../schema/detect.ts";
import type { Session } from "../session.ts";
import type { WrittenSpan } from "../write/span-rows.ts";
import { rowTimes, writeLinks } from "./dependency-rows.ts";
import { RecentSpans } from "./recent-spans.ts";
import { RowTimes } from "./row-times.ts";

const READS_AT_ONCE = 16;
const SPANS_A_QUERY = 100;
const ROWS_A_PAGE = 5000;

/** A span on its way into the store. */
export interface NotedSpan {
  readonly traceId: string;
  readonly hashHigh: number;
  readonly hashLow: number;
  readonly span: StoredSpan;
}

/**
 * Counts the calls of stored spans into v1's table. A span that this process stores twice counts once; one that two processes store
 * counts in both.
 */
export class StoredCalls {
  readonly #counter: LiveCallCounter;
  readonly #recent = new RecentSpans();

  constructor(session: Session, table: NonNullable<SchemaFeatures["dependenciesTable"]>, options: LiveCallOptions) {
    const times = new RowTimes((fromMs, toMs) => rowTimes(session, table, fromMs, toMs));
    const store: CallStore = {
      findSpans: spanFinder(session),
      async writeLinks(hour) {
        if (hour.links.length > 0) await writeLinks(session, table, await times.of(hour), hour.links);
      },
    };
    this.#counter = new LiveCallCounter(store, options);
  }

  /** What {@link add} needs of a span. */
  note(written: WrittenSpan, { format }: SpanBatch): NotedSpan {
    const { fields, traceId, hashHigh, hashLow, serviceName, spanKind } = written;
    return {
      traceId,
      hashHigh,
      hashLow,
      span: {
        spanId: hexOfHalves(fields.spanIdHigh, fields.spanIdLow),
        parentSpanId: parentOf(fields, traceId),
        serviceName,
        spanKind,
        startTimeMs: fields.startSeconds * 1000 + Math.floor(fields.startNanos / 1e6),
        mayShareId: format === "zipkin",
      },
    };
  }

  /** To be called once they are stored. */
  add(spans: readonly NotedSpan[]): void {
    for (const { traceId, hashHigh, hashLow, span } of spans) {
      if (this.#recent.add(hashHigh, hashLow)) this.#counter.add(traceId, span);
    }
  }

  /** Counts and stores whatever can be counted now. */
  flush(): Promise<void> {
    return this.#counter.flush();
  }

  close(): Promise<void> {
    return this.#counter.close();
  }
}

/** Looks up stored spans of several traces, a few at a time. */
export function spanFinder(session: Session): CallStore["findSpans"] {
  const reads = new Limiter(READS_AT_ONCE);
  return async (wanted) => {
    const found = await Promise.all(wanted.map((each) => reads.run(() => findSpans(session, each))));
    return new Map(wanted.map(({ traceId }, i) => [traceId, found[i] ?? []]));
  };
}

/** All stored spans of these ids. */
async function findSpans(session: Session, { traceId, spanIds }: WantedSpans): Promise<readonly CallingSpan[]> {
  const spans: CallingSpan[] = [];
  const ids = [...spanIds];
  for (let at = 0; at < ids.length; at += SPANS_A_QUERY) {
    const some = ids.slice(at, at + SPANS_A_QUERY);
    const marks = some.map(() => "?").join(", ");
    const statement = {
      query: `SELECT span_id, tags, process.service_name AS service FROM traces WHERE trace_id = ? AND span_id IN (${marks})`,
      params: [traceIdValue(traceId), ...some.map((id) => bigintValue(BigInt(`0x${id}`)))],
    };
    for await (const rows of pagesOf(session, statement, { fetchSize: ROWS_A_PAGE })) {
      for (const row of rows) {
        spans.push({
          spanId: spanIdOf(row.get("span_id") as bigint | null),
          parentSpanId: undefined,
          serviceName: String(row.get("service") ?? ""),
          spanKind: kindOf(row.get("tags") as readonly KeyValueRow[] | null),
        });
      }
    }
  }
  return spans;
}

function kindOf(tags: readonly KeyValueRow[] | null): string {
  const row = tags?.find((tag) => tag.key === "span.kind");
  const tag = row === undefined ? undefined : keyValueOf(row);
  return tag?.type === "string" ? tag.value : "";
}

function parentOf(fields: SpanFields, traceId: string): string | undefined {
  if (fields.references.length === 0) return undefined;
  const references = fields.references.map(
    (each): SpanReference => ({
      type: each.followsFrom ? "FOLLOWS_FROM" : "CHILD_OF",
      traceId: hexOf(fields.buffer, each.traceIdStart, 16),
      spanId: hexOfHalves(each.spanIdHigh, each.spanIdLow),
    }),
  );
  return parentReference(traceId, references)?.spanId;
}

function hexOfHalves(high: number, low: number): string {
  return (high >>> 0).toString(16).padStart(8, "0") + (low >>> 0).toString(16).padStart(8, "0");
}
