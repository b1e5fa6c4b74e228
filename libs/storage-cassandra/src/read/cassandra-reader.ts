import { type EncodedSpan, encodeSpans } from "@spoor/span-wire";
import { type Operation, type ReadOptions, StorageError, type TraceReader, type TraceSpans } from "@spoor/storage-api";
import type { types } from "cassandra-driver";
import type { StorageMetrics } from "../metrics.ts";
import { type PageReader, pagesOf } from "../paging.ts";
import type { TagIndex } from "../rows/indexed-tags.ts";
import type { SchemaFeatures } from "../schema/detect.ts";
import type { Session, Statement } from "../session.ts";
import { findTraceIds, type SearchLimits } from "./search.ts";
import { readTables } from "./table-reads.ts";
import { readTrace } from "./trace-rows.ts";

const NAMES_A_PAGE = 5000;
const TRACES_AHEAD = 4;
/** What v1 1.47 to 1.64 wrote for spans without a kind. */
const UNSPECIFIED = "unspecified";

export interface ReaderContext {
  readonly session: Session;
  readonly features: SchemaFeatures;
  readonly tagIndex: TagIndex;
  readonly searchLimits?: SearchLimits | undefined;
  readonly metrics: StorageMetrics;
}

interface TraceSource {
  readonly session: Session;
  readonly traces: PageReader;
}

/** Reads what v1 or this project wrote. */
export function cassandraReader(context: ReaderContext): TraceReader {
  const { session } = context;
  const tables = readTables(session, context.metrics);
  const source = { session, traces: tables.traces };
  return {
    getTrace: (traceId, options) => encodedPages(source, traceId, options),
    getTraces: (traceIds, options) => wholeTraces(source, traceIds, options),
    async findTraceIds(query, options) {
      session.checkOpen();
      options.signal?.throwIfAborted();
      return findTraceIds(tables, context.tagIndex, query, options, context.searchLimits);
    },
    async getServices(options) {
      const names: string[] = [];
      for await (const row of allRows(
        session,
        { query: "SELECT service_name FROM service_names", params: [] },
        options,
      ))
        names.push(String(row.get("service_name")));
      return names.sort();
    },
    getOperations: (query, options) => operations(context, query, options),
  };
}

/** Reads traces by their id; an archive has nothing else. */
export function archiveReader(session: Session, metrics: StorageMetrics): TraceReader {
  const source = { session, traces: readTables(session, metrics).traces };
  const refuse = () => Promise.reject(new StorageError("UNSUPPORTED_QUERY", "an archive has traces by their id only"));
  return {
    getTrace: (traceId, options) => encodedPages(source, traceId, options),
    getTraces: (traceIds, options) => wholeTraces(source, traceIds, options),
    findTraceIds: refuse,
    getServices: refuse,
    getOperations: refuse,
  };
}

async function* encodedPages(
  { session, traces }: TraceSource,
  traceId: string,
  options: ReadOptions,
): AsyncGenerator<readonly EncodedSpan[]> {
  session.checkOpen();
  for await (const spans of readTrace(traces, traceId, options)) yield encodeSpans(spans);
}

/** Reads a few traces ahead of the one that is taken. */
async function* wholeTraces(
  source: TraceSource,
  traceIds: readonly string[],
  options: ReadOptions,
): AsyncGenerator<TraceSpans> {
  source.session.checkOpen();
  options.signal?.throwIfAborted();
  const ahead: Promise<TraceSpans>[] = [];
  for (let next = 0; next < traceIds.length || ahead.length > 0; ) {
    for (; next < traceIds.length && ahead.length < TRACES_AHEAD; next++) {
      const trace = wholeTrace(source, traceIds[next] ?? "", options);
      // Whoever stops taking traces does not see the errors of those ahead.
      trace.catch(() => undefined);
      ahead.push(trace);
    }
    const trace = await ahead.shift();
    if (trace !== undefined && trace.spans.length > 0) yield trace;
  }
}

async function wholeTrace(source: TraceSource, traceId: string, options: ReadOptions): Promise<TraceSpans> {
  const spans: EncodedSpan[] = [];
  for await (const page of encodedPages(source, traceId, options)) for (const span of page) spans.push(span);
  return { traceId, spans };
}

async function operations(
  { session, features }: ReaderContext,
  query: { readonly serviceName: string; readonly spanKind?: string },
  options: ReadOptions,
): Promise<readonly Operation[]> {
  const hasKinds = features.operationsTable === "operation_names_v2";
  const statement = {
    query: `SELECT ${hasKinds ? "span_kind, " : ""}operation_name FROM ${features.operationsTable} WHERE service_name = ?`,
    params: [query.serviceName],
  };
  const found = new Map<string, Operation>();
  for await (const row of allRows(session, statement, options)) {
    const name = String(row.get("operation_name"));
    const kind = hasKinds ? String(row.get("span_kind")) : "";
    const spanKind = kind === UNSPECIFIED ? "" : kind;
    if (query.spanKind !== undefined && spanKind !== query.spanKind) continue;
    found.set(`${spanKind} ${name}`, { name, spanKind });
  }
  return [...found.values()].sort((a, b) => compareText(a.name, b.name) || compareText(a.spanKind, b.spanKind));
}

async function* allRows(session: Session, statement: Statement, options: ReadOptions): AsyncGenerator<types.Row> {
  session.checkOpen();
  for await (const rows of pagesOf(session, statement, { fetchSize: NAMES_A_PAGE }, options.signal)) yield* rows;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
