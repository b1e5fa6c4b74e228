import { formatTraceId, type SpanReference, ZERO_TRACE_ID } from "@spoor/span-model";

/**
 * Drops references without a trace id, with a warning each in v1's words
 * (jaegertracing/jaeger `model/adjuster/bad_span_references.go`).
 */
export function dropInvalidReferences(
  references: readonly SpanReference[],
  warnings: string[],
): readonly SpanReference[] {
  if (!references.some(isInvalid)) return references;
  for (const reference of references) {
    if (isInvalid(reference)) warnings.push(`Invalid span reference removed ${goText(reference)}`);
  }
  return references.filter((reference) => !isInvalid(reference));
}

function isInvalid(reference: SpanReference): boolean {
  return reference.traceId === ZERO_TRACE_ID;
}

/** What Go's `%+v` prints of a SpanRef. */
function goText({ traceId, spanId, type }: SpanReference): string {
  const ids = `TraceID:${formatTraceId(traceId)} SpanID:${spanId} RefType:${type}`;
  return `{${ids} XXX_NoUnkeyedLiteral:{} XXX_unrecognized:[] XXX_sizecache:0}`;
}
