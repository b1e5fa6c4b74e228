import type { DependencyLink } from "@spoor/storage-api";
import { type CallingSpan, callerOf } from "./calling-span.ts";
import { LinkTotals } from "./link-totals.ts";

export interface TimedSpan extends CallingSpan {
  readonly traceId: string;
  /** Microseconds since the epoch. */
  readonly startTimeUs: number;
}

/** Counts calls between services from spans in any order. */
export class CallCounter {
  readonly #traces = new Map<string, Map<string, TimedSpan[]>>();
  #count = 0;

  /** Spans held. */
  get size(): number {
    return this.#count;
  }

  /** A span that was stored twice counts once. */
  add(span: TimedSpan): void {
    let trace = this.#traces.get(span.traceId);
    if (trace === undefined) {
      trace = new Map();
      this.#traces.set(span.traceId, trace);
    }
    const sharing = trace.get(span.spanId);
    if (sharing === undefined) trace.set(span.spanId, [span]);
    else if (!sharing.some((other) => isSame(other, span))) sharing.push(span);
    else return;
    this.#count++;
  }

  /** Links whose child's start, in microseconds, satisfies `wanted`. */
  links(wanted: (startTimeUs: number) => boolean): readonly DependencyLink[] {
    const totals = new LinkTotals();
    for (const trace of this.#traces.values()) {
      for (const sharing of trace.values()) {
        for (const span of sharing) {
          if (!wanted(span.startTimeUs)) continue;
          const parent = callerOf(span, trace)?.serviceName;
          if (parent !== undefined && parent !== span.serviceName) totals.add(parent, span.serviceName, 1);
        }
      }
    }
    return totals.links();
  }
}

function isSame(a: TimedSpan, b: TimedSpan): boolean {
  return (
    a.startTimeUs === b.startTimeUs &&
    a.serviceName === b.serviceName &&
    a.spanKind === b.spanKind &&
    a.parentSpanId === b.parentSpanId
  );
}
