import { formatTraceId } from "@spoor/span-model";
import type { ReferenceFields, SpanFields } from "@spoor/span-wire";
import { referenceOf } from "./decode-shown.ts";

/**
 * Drops references without a trace id, with a warning each in v1's words
 * (jaegertracing/jaeger `model/adjuster/bad_span_references.go`).
 */
export function dropInvalidReferences(fields: SpanFields, warnings: string[]): void {
  const { references } = fields;
  let kept = 0;
  for (const reference of references) {
    if (isInvalid(fields, reference)) {
      warnings.push(`Invalid span reference removed ${goText(fields, reference)}`);
    } else references[kept++] = reference;
  }
  if (kept < references.length) references.length = kept;
}

function isInvalid({ buffer }: SpanFields, { traceIdStart }: ReferenceFields): boolean {
  for (let i = 15; i >= 0; i--) if (buffer[traceIdStart + i] !== 0) return false;
  return true;
}

/** What Go's `%+v` prints of a SpanRef. */
function goText(fields: SpanFields, reference: ReferenceFields): string {
  const { traceId, spanId, type } = referenceOf(fields, reference);
  const ids = `TraceID:${formatTraceId(traceId)} SpanID:${spanId} RefType:${type}`;
  return `{${ids} XXX_NoUnkeyedLiteral:{} XXX_unrecognized:[] XXX_sizecache:0}`;
}
