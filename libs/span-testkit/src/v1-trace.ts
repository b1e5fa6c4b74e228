import { type KeyValue, type Process, parseSpanId, parseTraceId, type Span } from "@spoor/span-model";

/** A trace of v1's HTTP API as recorded. Integers that a double cannot hold stand as text, some with a `#` in front. */
export interface V1Trace {
  readonly traceID: string;
  readonly spans: readonly V1Span[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string; readonly tags: readonly V1Tag[] }>>;
}

export interface V1Span {
  readonly traceID: string;
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly { readonly refType: string; readonly traceID: string; readonly spanID: string }[];
  readonly flags?: number;
  readonly startTime: string | number;
  readonly duration: string | number;
  readonly tags: readonly V1Tag[];
  readonly logs: readonly { readonly timestamp: string | number; readonly fields: readonly V1Tag[] }[];
  readonly processID: string;
  readonly warnings: readonly string[] | null;
}

export interface V1Tag {
  readonly key: string;
  readonly type: string;
  readonly value: unknown;
}

/** Spans of a recorded trace, with times in whole microseconds. One process object a process. */
export function spansOfV1Trace(trace: V1Trace): Span[] {
  const processes = new Map<string, Process>();
  for (const [id, { serviceName, tags }] of Object.entries(trace.processes)) {
    processes.set(id, { serviceName, tags: tags.map(toKeyValue) });
  }
  return trace.spans.map((span) => ({
    traceId: parseTraceId(span.traceID) ?? "",
    spanId: parseSpanId(span.spanID) ?? "",
    operationName: span.operationName,
    references: span.references.map(({ refType, traceID, spanID }) => ({
      type: refType === "FOLLOWS_FROM" ? "FOLLOWS_FROM" : "CHILD_OF",
      traceId: parseTraceId(traceID) ?? "",
      spanId: parseSpanId(spanID) ?? "",
    })),
    flags: span.flags ?? 0,
    startTimeNs: BigInt(span.startTime) * 1000n,
    durationNs: BigInt(span.duration) * 1000n,
    tags: span.tags.map(toKeyValue),
    logs: span.logs.map((log) => ({
      timestampNs: BigInt(log.timestamp) * 1000n,
      fields: log.fields.map(toKeyValue),
    })),
    process: processes.get(span.processID) ?? { serviceName: "", tags: [] },
    warnings: span.warnings ?? [],
  }));
}

function toKeyValue({ key, type, value }: V1Tag): KeyValue {
  switch (type) {
    case "bool":
      return { key, type, value: value === true };
    case "int64":
      return { key, type, value: BigInt(value as number | string) };
    case "float64":
      return { key, type, value: Number(value) };
    case "binary":
      return { key, type, value: Uint8Array.from(Buffer.from(String(value ?? ""), "base64")) };
    case "string":
      return { key, type, value: String(value) };
    default:
      return { key, type: "unknown", code: Number(type) };
  }
}
