import type { SpanJson, TraceJson } from "./trace-json.ts";
import { isErrorSpan, micros, parentSpanId, serviceOf } from "./trace-json.ts";

/** One line of the search results. */
export interface TraceSummary {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootOperation: string;
  /** Microseconds since the epoch. */
  readonly startUs: number;
  readonly durationUs: number;
  readonly spanCount: number;
  readonly errorCount: number;
  /** Most spans first. */
  readonly services: readonly { readonly name: string; readonly spans: number; readonly errors: number }[];
  /** Spans whose parent is not in the trace, or no root at all: the trace is not complete (yet). */
  readonly missingParents: number;
}

/** What a search result line shows of a trace. */
export function summarise(trace: TraceJson): TraceSummary {
  const spans = trace.spans ?? [];
  const ids = new Set(spans.map((span) => span.spanID ?? ""));
  const services = new Map<string, { name: string; spans: number; errors: number }>();
  let root: SpanJson | undefined;
  let rootIsTrue = false;
  let startUs = Number.POSITIVE_INFINITY;
  let endUs = Number.NEGATIVE_INFINITY;
  let errorCount = 0;
  let missingParents = 0;
  for (const span of spans) {
    const name = serviceOf(trace, span);
    const service = services.get(name) ?? { name, spans: 0, errors: 0 };
    services.set(name, service);
    service.spans++;
    if (isErrorSpan(span)) {
      service.errors++;
      errorCount++;
    }
    const start = micros(span.startTime);
    startUs = Math.min(startUs, start);
    endUs = Math.max(endUs, start + Math.max(0, micros(span.duration)));
    const parent = parentSpanId(span).id;
    const hasNoParent = parent === "" || /^0+$/.test(parent);
    if (!hasNoParent && ids.has(parent)) continue;
    if (!hasNoParent) missingParents++;
    // A span without a parent is a better root than one whose parent is absent; then the earlier one.
    const better =
      root === undefined ||
      (hasNoParent && !rootIsTrue) ||
      (hasNoParent === rootIsTrue && start < micros(root.startTime));
    if (better) {
      root = span;
      rootIsTrue = hasNoParent;
    }
  }
  const shown = root ?? spans[0];
  return {
    traceId: trace.traceID ?? "",
    rootService: shown === undefined ? "" : serviceOf(trace, shown),
    rootOperation: shown?.operationName ?? "",
    startUs: spans.length === 0 ? 0 : startUs,
    durationUs: spans.length === 0 ? 0 : endUs - startUs,
    spanCount: spans.length,
    errorCount,
    services: [...services.values()].sort((a, b) => b.spans - a.spans || (a.name < b.name ? -1 : 1)),
    missingParents,
  };
}
