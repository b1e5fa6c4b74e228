import { formatTraceId, type KeyValue, type Process, type Span } from "@spoor/span-model";
import { decodeSpan, type EncodedSpan, readTraceId } from "@spoor/span-wire";

/**
 * A trace as v1's `GET /api/traces/ID?raw=true` shows it, for comparison with recorded answers. Integers beyond 2^53 are strings that
 * begin with `#`, in both.
 */
export interface V1Trace {
  readonly spans: readonly V1Span[];
  readonly processes: Readonly<Record<string, V1Process>>;
}

interface V1Span {
  readonly processID: string;
  readonly [field: string]: unknown;
}

interface V1Process {
  readonly serviceName: string;
  readonly tags: readonly unknown[];
}

/** Spans with their process inside, in an order that does not depend on the store's. */
export function flatten(trace: V1Trace): readonly unknown[] {
  const spans = trace.spans.map(({ processID, ...span }) => ({ ...span, process: trace.processes[processID] }));
  return spans.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** What {@link flatten} gives for the spans of this trace id. */
export function traceOf(spans: readonly EncodedSpan[], traceId: string): readonly unknown[] {
  const own = spans.filter((span) => formatTraceId(readTraceId(span)) === traceId).map(decodeSpan);
  return own.map(spanJson).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

export function spanJson(span: Span): object {
  return {
    traceID: formatTraceId(span.traceId),
    spanID: span.spanId,
    operationName: span.operationName,
    references: span.references.map(({ type, traceId, spanId }) => ({
      refType: type,
      traceID: formatTraceId(traceId),
      spanID: spanId,
    })),
    startTime: micros(span.startTimeNs),
    duration: micros(span.durationNs),
    tags: span.tags.map(tagJson),
    logs: span.logs.map((log) => ({ timestamp: micros(log.timestampNs), fields: log.fields.map(tagJson) })),
    warnings: null,
    process: processJson(span.process),
  };
}

function processJson(process: Process): V1Process {
  return { serviceName: process.serviceName, tags: process.tags.map(tagJson) };
}

/** v1 casts to uint64, so that negative times wrap around. */
function micros(ns: bigint): number | string {
  return integer(BigInt.asUintN(64, ns / 1000n));
}

function integer(value: bigint): number | string {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? `#${value}` : Number(value);
}

function tagJson(tag: KeyValue): object {
  if (tag.type === "unknown") throw new Error("unexpected type");
  return { key: tag.key, type: tag.type, value: valueJson(tag) };
}

function valueJson(tag: Exclude<KeyValue, { type: "unknown" }>): unknown {
  if (tag.type === "int64") {
    const value = Number(tag.value);
    return Number.isSafeInteger(value) ? value : tag.value.toString();
  }
  if (tag.type === "float64" && Number.isInteger(tag.value) && !Number.isSafeInteger(tag.value)) {
    return `#${tag.value}`;
  }
  if (tag.type === "binary") return tag.value.length === 0 ? null : Buffer.from(tag.value).toString("base64");
  return tag.value;
}
