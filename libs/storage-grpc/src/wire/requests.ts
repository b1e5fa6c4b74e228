import { type TraceId, ZERO_TRACE_ID } from "@spoor/span-model";
import { WireWriter } from "@spoor/span-wire";
import type { TraceQuery } from "@spoor/storage-api";
import { readFields, readText, readTraceIdField, readTwoTexts, writeTraceIdField, writeTwoTexts } from "./fields.ts";
import { readInstant, readTime, writeInstant, writeSpanOfTime } from "./time-fields.ts";

/** Where a search without bounds of time begins and ends: what 64-bit nanoseconds can hold. */
const EARLIEST_NS = -(2n ** 63n);
const LATEST_NS = 2n ** 63n - 1n;
/** v1's stores take this many when none are asked for. */
const DEFAULT_LIMIT = 100;

/** `GetTraceRequest { trace_id = 1 }`; its window of time is a hint that is neither sent nor read. */
export function encodeGetTrace(traceId: TraceId): Uint8Array {
  const writer = new WireWriter(32);
  writeTraceIdField(writer, 1, traceId);
  return writer.finish();
}

export function decodeGetTrace(message: Uint8Array): TraceId {
  let traceId: TraceId = ZERO_TRACE_ID;
  readFields(
    {
      1: (reader, start, end) => {
        traceId = readTraceIdField(reader, start, end);
      },
    },
    message,
  );
  return traceId;
}

/** `GetOperationsRequest { service = 1, span_kind = 2 }`. */
export function encodeGetOperations(query: { readonly serviceName: string; readonly spanKind?: string }): Uint8Array {
  const writer = new WireWriter(64);
  writer.textField(1, query.serviceName);
  writer.textField(2, query.spanKind ?? "");
  return writer.finish();
}

export function decodeGetOperations(message: Uint8Array): { readonly serviceName: string; readonly spanKind?: string } {
  let [serviceName, spanKind] = ["", ""];
  readFields(
    {
      1: (reader, start, end) => {
        serviceName = readText(reader, start, end);
      },
      2: (reader, start, end) => {
        spanKind = readText(reader, start, end);
      },
    },
    message,
  );
  return { serviceName, ...(spanKind === "" ? {} : { spanKind }) };
}

export interface MsRange {
  readonly startTimeMs: number;
  readonly endTimeMs: number;
}

/** `GetDependenciesRequest { start_time = 1, end_time = 2 }`. */
export function encodeGetDependencies(range: MsRange): Uint8Array {
  const writer = new WireWriter(64);
  writeInstant(writer, 1, BigInt(Math.round(range.startTimeMs)) * 1_000_000n);
  writeInstant(writer, 2, BigInt(Math.round(range.endTimeMs)) * 1_000_000n);
  return writer.finish();
}

export function decodeGetDependencies(message: Uint8Array): MsRange {
  let [startTimeNs, endTimeNs] = [EARLIEST_NS, LATEST_NS];
  readFields(
    {
      1: (reader, start, end) => {
        startTimeNs = readInstant(reader, start, end) ?? EARLIEST_NS;
      },
      2: (reader, start, end) => {
        endTimeNs = readInstant(reader, start, end) ?? LATEST_NS;
      },
    },
    message,
  );
  return { startTimeMs: Number(startTimeNs / 1_000_000n), endTimeMs: Number(endTimeNs / 1_000_000n) };
}

/**
 * `FindTracesRequest` and `FindTraceIDsRequest { query = 1 }`. What a message cannot say: the search of a service without a name, or for
 * a longest duration of nothing.
 */
export function encodeFindTraces(query: TraceQuery): Uint8Array {
  const writer = new WireWriter(256);
  const mark = writer.begin(1);
  writer.textField(1, query.serviceName ?? "");
  writer.textField(2, query.operationName ?? "");
  for (const [key, value] of query.tags) writeTwoTexts(writer, 3, key, value);
  writeInstant(writer, 4, query.startTimeMinNs);
  writeInstant(writer, 5, query.startTimeMaxNs);
  writeSpanOfTime(writer, 6, query.durationMinNs ?? 0n);
  writeSpanOfTime(writer, 7, query.durationMaxNs ?? 0n);
  writer.tag(8, 0);
  writer.varint32(Math.min(query.limit, 2 ** 31 - 1));
  writer.end(mark);
  return writer.finish();
}

/** `undefined` without a query. Empty names and durations of nothing ask for anything, as in v1. */
export function decodeFindTraces(message: Uint8Array): TraceQuery | undefined {
  let query: TraceQuery | undefined;
  readFields(
    {
      1: (reader, start, end) => {
        query = decodeTraceQuery(reader.buffer, start, end);
      },
    },
    message,
  );
  return query;
}

function decodeTraceQuery(message: Uint8Array, from: number, to: number): TraceQuery {
  let [serviceName, operationName] = ["", ""];
  let [startTimeMinNs, startTimeMaxNs] = [EARLIEST_NS, LATEST_NS];
  let [durationMinNs, durationMaxNs] = [0n, 0n];
  let limit = 0;
  const tags = new Map<string, string>();
  readFields(
    {
      1: (reader, start, end) => {
        serviceName = readText(reader, start, end);
      },
      2: (reader, start, end) => {
        operationName = readText(reader, start, end);
      },
      3: (reader, start, end) => {
        const [key, value] = readTwoTexts(reader, start, end);
        tags.set(key, value);
      },
      4: (reader, start, end) => {
        startTimeMinNs = readInstant(reader, start, end) ?? EARLIEST_NS;
      },
      5: (reader, start, end) => {
        startTimeMaxNs = readInstant(reader, start, end) ?? LATEST_NS;
      },
      6: (reader, start, end) => {
        durationMinNs = readTime(reader, start, end);
      },
      7: (reader, start, end) => {
        durationMaxNs = readTime(reader, start, end);
      },
      8: (reader) => {
        limit = Number(BigInt.asIntN(32, reader.varint64()));
      },
    },
    message,
    from,
    to,
  );
  return {
    ...(serviceName === "" ? {} : { serviceName }),
    ...(operationName === "" ? {} : { operationName }),
    tags,
    startTimeMinNs,
    startTimeMaxNs,
    ...(durationMinNs === 0n ? {} : { durationMinNs }),
    ...(durationMaxNs === 0n ? {} : { durationMaxNs }),
    limit: limit > 0 ? limit : DEFAULT_LIMIT,
  };
}
