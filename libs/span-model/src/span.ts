import type { SpanId, TraceId } from "./ids.ts";
import type { KeyValue } from "./key-value.ts";

/** Bits of {@link Span.flags}. */
export const SPAN_FLAGS = { sampled: 1, debug: 2, firehose: 8 } as const;

export type ReferenceType = "CHILD_OF" | "FOLLOWS_FROM";

export interface SpanReference {
  readonly type: ReferenceType;
  readonly traceId: TraceId;
  readonly spanId: SpanId;
}

export interface Log {
  /** Nanoseconds since the epoch; may be negative. */
  readonly timestampNs: bigint;
  readonly fields: readonly KeyValue[];
}

export interface Process {
  readonly serviceName: string;
  readonly tags: readonly KeyValue[];
}

/** A span as `jaeger.api_v2.Span` defines it, decoded. */
export interface Span {
  readonly traceId: TraceId;
  readonly spanId: SpanId;
  readonly operationName: string;
  readonly references: readonly SpanReference[];
  readonly flags: number;
  /** Nanoseconds since the epoch; may be negative. */
  readonly startTimeNs: bigint;
  /** Nanoseconds; v1 clients may send negative ones. */
  readonly durationNs: bigint;
  readonly tags: readonly KeyValue[];
  readonly logs: readonly Log[];
  readonly process: Process;
  readonly warnings: readonly string[];
}

/**
 * The reference that names the parent: the first CHILD_OF of the same trace, else the first
 * FOLLOWS_FROM of the same trace, else none (jaegertracing/jaeger `model/span.go` ParentSpanID).
 */
export function parentReference(traceId: TraceId, references: readonly SpanReference[]): SpanReference | undefined {
  let followsFrom: SpanReference | undefined;
  for (const reference of references) {
    if (reference.traceId !== traceId) continue;
    if (reference.type === "CHILD_OF") return reference;
    followsFrom ??= reference;
  }
  return followsFrom;
}
