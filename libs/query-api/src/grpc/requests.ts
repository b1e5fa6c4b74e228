import { hexOf, type TraceId, ZERO_TRACE_ID } from "@spoor/span-model";
import { decodeUtf8, SpanWireError, WireReader } from "@spoor/span-wire";
import { QueryApiError } from "../errors.ts";

/*
 * Requests of jaeger.api_v2.QueryService and jaeger.api_v3.QueryService, whose TraceQueryParameters share their numbers:
 *   service_name = 1, operation_name = 2, tags = 3 map<string, string> (v3: attributes), start_time_min = 4,
 *   start_time_max = 5, duration_min = 6, duration_max = 7, search_depth = 8, raw_traces = 9
 */

/** `GetTraceRequest` and `ArchiveTraceRequest`; their time window is a hint that we have no use for. */
export interface TraceRequest {
  readonly traceId: TraceId;
  readonly raw: boolean;
}

export interface TraceQueryMessage {
  readonly serviceName: string;
  readonly operationName: string;
  readonly tags: ReadonlyMap<string, string>;
  /** Nanoseconds since the epoch; `undefined` when the field is not there. */
  readonly startTimeMinNs: bigint | undefined;
  readonly startTimeMaxNs: bigint | undefined;
  readonly durationMinNs: bigint;
  readonly durationMaxNs: bigint;
  readonly searchDepth: bigint;
  readonly raw: boolean;
}

/** v2: the id is 16 bytes, or 8 for its lower half. */
export function readTraceRequest(message: Uint8Array): TraceRequest {
  let traceId: TraceId = ZERO_TRACE_ID;
  let raw = false;
  readFields(message, {
    1: (reader, start, end) => {
      if (end - start !== 16 && end - start !== 8) throw malformed("invalid length for TraceID");
      traceId = hexOf(reader.buffer, start, end - start).padStart(32, "0");
    },
    2: readTime,
    3: readTime,
    4: (reader) => {
      raw = reader.varint64() !== 0n;
    },
  });
  return { traceId, raw };
}

/** v3: the id is text. */
export function readTextTraceRequest(message: Uint8Array): { readonly traceIdText: string; readonly raw: boolean } {
  let traceIdText = "";
  let raw = false;
  readFields(message, {
    1: (reader, start, end) => {
      traceIdText = decodeUtf8(reader.buffer, start, end);
    },
    2: readTime,
    3: readTime,
    4: (reader) => {
      raw = reader.varint64() !== 0n;
    },
  });
  return { traceIdText, raw };
}

/** `FindTracesRequest`; `undefined` without a query. */
export function readFindTracesRequest(message: Uint8Array): TraceQueryMessage | undefined {
  let query: TraceQueryMessage | undefined;
  readFields(message, {
    1: (reader, start, end) => {
      query = readTraceQuery(reader.buffer.subarray(start, end));
    },
  });
  return query;
}

function readTraceQuery(message: Uint8Array): TraceQueryMessage {
  let [serviceName, operationName] = ["", ""];
  let [startTimeMinNs, startTimeMaxNs]: (bigint | undefined)[] = [];
  let [durationMinNs, durationMaxNs, searchDepth] = [0n, 0n, 0n];
  let raw = false;
  const tags = new Map<string, string>();
  readFields(message, {
    1: (reader, start, end) => {
      serviceName = decodeUtf8(reader.buffer, start, end);
    },
    2: (reader, start, end) => {
      operationName = decodeUtf8(reader.buffer, start, end);
    },
    3: (reader, start, end) => {
      const [key, value] = readTwoTexts(reader.buffer.subarray(start, end));
      tags.set(key, value);
    },
    4: (reader, start, end) => {
      startTimeMinNs = readTime(reader, start, end);
    },
    5: (reader, start, end) => {
      startTimeMaxNs = readTime(reader, start, end);
    },
    6: (reader, start, end) => {
      durationMinNs = readTime(reader, start, end);
    },
    7: (reader, start, end) => {
      durationMaxNs = readTime(reader, start, end);
    },
    8: (reader) => {
      searchDepth = BigInt.asIntN(32, reader.varint64());
    },
    9: (reader) => {
      raw = reader.varint64() !== 0n;
    },
  });
  return {
    serviceName,
    operationName,
    tags,
    startTimeMinNs,
    startTimeMaxNs,
    durationMinNs,
    durationMaxNs,
    searchDepth,
    raw,
  };
}

/** `GetOperationsRequest`: service = 1, span_kind = 2. */
export function readOperationsRequest(message: Uint8Array): {
  readonly serviceName: string;
  readonly spanKind: string;
} {
  const [serviceName, spanKind] = readTwoTexts(message);
  return { serviceName, spanKind };
}

/** `GetDependenciesRequest`: start_time = 1, end_time = 2. */
export function readDependenciesRequest(message: Uint8Array): {
  readonly startTimeNs: bigint | undefined;
  readonly endTimeNs: bigint | undefined;
} {
  let [startTimeNs, endTimeNs]: (bigint | undefined)[] = [];
  readFields(message, {
    1: (reader, start, end) => {
      startTimeNs = readTime(reader, start, end);
    },
    2: (reader, start, end) => {
      endTimeNs = readTime(reader, start, end);
    },
  });
  return { startTimeNs, endTimeNs };
}

function readTwoTexts(message: Uint8Array): readonly [string, string] {
  let [first, second] = ["", ""];
  readFields(message, {
    1: (reader, start, end) => {
      first = decodeUtf8(reader.buffer, start, end);
    },
    2: (reader, start, end) => {
      second = decodeUtf8(reader.buffer, start, end);
    },
  });
  return [first, second];
}

/** A Timestamp or Duration (seconds = 1, nanos = 2) in nanoseconds. */
function readTime(outer: WireReader, start: number, end: number): bigint {
  let [seconds, nanos] = [0n, 0n];
  readFields(outer.buffer.subarray(start, end), {
    1: (reader) => {
      seconds = reader.varint64();
    },
    2: (reader) => {
      nanos = BigInt.asIntN(32, reader.varint64());
    },
  });
  return seconds * 1_000_000_000n + nanos;
}

/** Reads one field's value: a varint from the reader, or the range of a length-delimited one. */
type FieldReader = (reader: WireReader, start: number, end: number) => unknown;

function readFields(message: Uint8Array, fields: Readonly<Record<number, FieldReader>>): void {
  const reader = new WireReader(message);
  try {
    while (reader.position < reader.end) {
      const tag = reader.varint32();
      const wireType = tag & 7;
      const field = fields[tag >>> 3];
      if (field !== undefined && wireType === 0) field(reader, 0, 0);
      else if (field !== undefined && wireType === 2) {
        const length = reader.length();
        const start = reader.position;
        reader.position += length;
        field(reader, start, reader.position);
      } else reader.skip(wireType);
    }
  } catch (error) {
    if (error instanceof SpanWireError) throw malformed("unexpected EOF", error);
    throw error;
  }
}

function malformed(reason: string, cause?: unknown): QueryApiError {
  return new QueryApiError("MALFORMED_MESSAGE", reason, { cause });
}
