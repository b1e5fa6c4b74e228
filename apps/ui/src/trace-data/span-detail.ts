import type { KeyValueJson, SpanJson, TraceJson } from "./trace-json.ts";
import { micros, serviceOf, valueText } from "./trace-json.ts";

export interface Attribute {
  readonly key: string;
  readonly type: string;
  readonly value: string;
}

/** Everything the side panel shows of one span; times in microseconds since the trace's start. */
export interface SpanDetail {
  readonly row: number;
  readonly spanId: string;
  readonly service: string;
  readonly operation: string;
  readonly tags: readonly Attribute[];
  readonly process: readonly Attribute[];
  readonly events: readonly { readonly time: number; readonly fields: readonly Attribute[] }[];
  readonly references: readonly {
    readonly type: string;
    readonly traceId: string;
    readonly spanId: string;
    /** Row in this trace, or -1 when it is elsewhere or absent. */
    readonly row: number;
    readonly isSameTrace: boolean;
  }[];
  readonly warnings: readonly string[];
}

const attributes = (list: readonly KeyValueJson[] | null | undefined): Attribute[] =>
  (list ?? []).map(({ key, type, value }) => ({ key: String(key), type: type ?? "", value: valueText(value) }));

/** Collects the details of one span. `rowOfId` finds a span of the same trace. */
export function spanDetail(
  trace: TraceJson,
  span: SpanJson,
  row: number,
  traceStartUs: number,
  rowOfId: (spanId: string) => number,
): SpanDetail {
  return {
    row,
    spanId: span.spanID ?? "",
    service: serviceOf(trace, span),
    operation: span.operationName ?? "",
    tags: attributes(span.tags),
    process: attributes(trace.processes?.[span.processID ?? ""]?.tags),
    events: (span.logs ?? [])
      .map((log) => ({ time: micros(log.timestamp) - traceStartUs, fields: attributes(log.fields) }))
      .sort((a, b) => a.time - b.time),
    references: (span.references ?? []).map((reference) => {
      const isSameTrace = reference.traceID === span.traceID;
      return {
        type: reference.refType ?? "",
        traceId: reference.traceID ?? "",
        spanId: reference.spanID ?? "",
        row: isSameTrace ? rowOfId(reference.spanID ?? "") : -1,
        isSameTrace,
      };
    }),
    warnings: (span.warnings ?? []).map(String),
  };
}
