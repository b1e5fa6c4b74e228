import { type CallingSpan, callerOf } from "./calling-span.ts";
import type { PendingTrace, StoredSpan, WantedSpans } from "./pending-spans.ts";

/** The calls of one trace's spans, as far as they can be told. */
export class TraceCalls {
  readonly trace: PendingTrace;
  readonly #spans = new Map<string, CallingSpan[]>();

  constructor(trace: PendingTrace) {
    this.trace = trace;
    for (const span of trace.spans) this.addKnown(span);
  }

  /** A span that may be a caller. */
  addKnown(span: CallingSpan): void {
    const known = this.#spans.get(span.spanId);
    if (known === undefined) this.#spans.set(span.spanId, [span]);
    else known.push(span);
  }

  callerOf(span: StoredSpan): CallingSpan | undefined {
    return callerOf(span, this.#spans);
  }

  /** What to look for elsewhere before the calls can be told; `undefined` when all is here. */
  wanted(): WantedSpans | undefined {
    const spanIds = new Set<string>();
    let startTimeMinMs = Number.POSITIVE_INFINITY;
    let startTimeMaxMs = Number.NEGATIVE_INFINITY;
    for (const span of this.trace.spans) {
      const { spanId, parentSpanId, mayShareId } = span;
      const before = spanIds.size;
      if (mayShareId) {
        spanIds.add(spanId);
        if (parentSpanId !== undefined) spanIds.add(parentSpanId);
      } else if (parentSpanId !== undefined && !this.#spans.has(parentSpanId)) {
        spanIds.add(parentSpanId);
        // Its other half would tell the caller too.
        if (span.spanKind === "server") spanIds.add(spanId);
      }
      if (spanIds.size === before) continue;
      startTimeMinMs = Math.min(startTimeMinMs, span.startTimeMs);
      startTimeMaxMs = Math.max(startTimeMaxMs, span.startTimeMs);
    }
    return spanIds.size === 0 ? undefined : { traceId: this.trace.traceId, spanIds, startTimeMinMs, startTimeMaxMs };
  }
}
