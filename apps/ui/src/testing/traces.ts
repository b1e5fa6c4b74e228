import type { SpanJson, TraceJson } from "../trace-data/trace-json.ts";

const SERVICES = ["web", "orders", "stock", "db"] as const;

export interface TraceShape {
  readonly traceId: string;
  readonly spans: number;
  /** Microseconds since the epoch. */
  readonly startUs: number;
  /** Children of each span. */
  readonly fanOut?: number;
  /** Added to every span. */
  readonly more?: Partial<SpanJson>;
}

/** A regular tree of spans, the same for the same shape; every tenth span fails. */
export function makeTrace({ traceId, spans, startUs, fanOut = 4, more = {} }: TraceShape): TraceJson {
  const id = (index: number): string => (index + 1).toString(16).padStart(16, "0");
  const list = Array.from({ length: spans }, (_, index): SpanJson => {
    const parent = Math.floor((index - 1) / fanOut);
    return {
      traceID: traceId,
      spanID: id(index),
      operationName: `operation-${index}`,
      references: index === 0 ? [] : [{ refType: "CHILD_OF", traceID: traceId, spanID: id(parent) }],
      startTime: startUs + index,
      duration: Math.max(1, spans * 2 - index),
      tags: [
        { key: "span.kind", type: "string", value: index % 2 === 0 ? "server" : "client" },
        ...(index % 10 === 9 ? [{ key: "error", type: "bool", value: true }] : []),
      ],
      logs: [],
      processID: `p${index % SERVICES.length}`,
      warnings: null,
      ...more,
    };
  });
  const processes = Object.fromEntries(SERVICES.map((serviceName, i) => [`p${i}`, { serviceName, tags: [] }]));
  return { traceID: traceId, spans: list, processes, warnings: null };
}
