import { parentReference, type SpanReference, type TraceId } from "@spoor/span-model";

/**
 * Swaps the reference to the parent with the first one, where the page looks for it
 * (jaegertracing/jaeger `model/adjuster/parent_reference.go`).
 */
export function parentReferenceFirst(traceId: TraceId, references: readonly SpanReference[]): readonly SpanReference[] {
  if (references.length < 2) return references;
  const parent = parentReference(traceId, references);
  if (parent === undefined || parent === references[0]) return references;
  const swapped = [...references];
  swapped[references.indexOf(parent)] = references[0] as SpanReference;
  swapped[0] = parent;
  return swapped;
}

/**
 * Gives a span another parent: in the reference that names the old one, else as a new first reference
 * (jaegertracing/jaeger-idl `model/v1/span.go` ReplaceParentID).
 */
export function replaceParent(
  traceId: TraceId,
  references: readonly SpanReference[],
  parentSpanId: string,
): readonly SpanReference[] {
  const parent = parentReference(traceId, references);
  if (parent === undefined) return [{ type: "CHILD_OF", traceId, spanId: parentSpanId }, ...references];
  const old = references.findIndex((reference) => reference.traceId === traceId && reference.spanId === parent.spanId);
  return references.map((reference, i) => (i === old ? { ...reference, spanId: parentSpanId } : reference));
}
