import type { ReferenceFields, SpanFields } from "@spoor/span-wire";

/**
 * Swaps the reference to the parent with the first one, where the page looks for it
 * (jaegertracing/jaeger `model/adjuster/parent_reference.go`).
 */
export function parentReferenceFirst(fields: SpanFields): void {
  const { references } = fields;
  if (references.length < 2) return;
  const parent = parentReference(fields);
  if (parent === undefined || parent === references[0]) return;
  references[references.indexOf(parent)] = references[0] as ReferenceFields;
  references[0] = parent;
}

/**
 * Gives a span another parent: in the reference that names the old one, else as a new first reference
 * (jaegertracing/jaeger-idl `model/v1/span.go` ReplaceParentID).
 */
export function replaceParent(fields: SpanFields, high: number, low: number): void {
  const parent = parentReference(fields);
  if (parent === undefined) {
    const added = fields.newReference();
    added.followsFrom = false;
    added.traceIdStart = fields.traceIdStart;
    added.spanIdHigh = high;
    added.spanIdLow = low;
    fields.references.unshift(added);
    return;
  }
  const { spanIdHigh, spanIdLow } = parent;
  const old = fields.references.find(
    (other) => isOwnTrace(fields, other) && other.spanIdHigh === spanIdHigh && other.spanIdLow === spanIdLow,
  );
  if (old === undefined) return;
  old.spanIdHigh = high;
  old.spanIdLow = low;
}

/** The rule of `parentReference` of span-model. */
function parentReference(fields: SpanFields): ReferenceFields | undefined {
  let followsFrom: ReferenceFields | undefined;
  for (const reference of fields.references) {
    if (!isOwnTrace(fields, reference)) continue;
    if (!reference.followsFrom) return reference;
    followsFrom ??= reference;
  }
  return followsFrom;
}

function isOwnTrace({ buffer, traceIdStart }: SpanFields, reference: ReferenceFields): boolean {
  for (let i = 15; i >= 0; i--) if (buffer[traceIdStart + i] !== buffer[reference.traceIdStart + i]) return false;
  return true;
}
