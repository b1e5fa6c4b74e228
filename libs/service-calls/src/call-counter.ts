import type { DependencyLink } from "@spoor/storage-api";
import { callerOf } from "./calling-span.ts";
import { LinkTotals } from "./link-totals.ts";
import { SpansByTrace, type TimedSpan } from "./spans-by-trace.ts";

/** Counts calls between services from spans in any order. */
export class CallCounter {
  readonly #traces = new SpansByTrace();
  readonly #spans: TimedSpan[] = [];

  /** Spans held. */
  get size(): number {
    return this.#spans.length;
  }

  /** A span that was stored twice counts once. */
  add(span: TimedSpan): void {
    if (this.#traces.add(span)) this.#spans.push(span);
  }

  /** Links whose child's start, in microseconds, satisfies `wanted`. */
  links(wanted: (startTimeUs: number) => boolean): readonly DependencyLink[] {
    const totals = new LinkTotals();
    for (const span of this.#spans) {
      if (!wanted(span.startTimeUs)) continue;
      const parent = callerOf(span, this.#traces.trace(span.traceId))?.serviceName;
      if (parent !== undefined && parent !== span.serviceName) totals.add(parent, span.serviceName, 1);
    }
    return totals.links();
  }
}
