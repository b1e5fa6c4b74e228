import type { CallingSpan } from "./calling-span.ts";

export interface TimedSpan extends CallingSpan {
  readonly traceId: string;
  /** Microseconds since the epoch. */
  readonly startTimeUs: number;
}

/** The spans of one trace by their id, which several may share. */
export type SpansById = ReadonlyMap<string, readonly CallingSpan[]>;

const NO_SPANS: SpansById = new Map();

/** Spans by trace, each once: stores may give one several times. */
export class SpansByTrace {
  readonly #traces = new Map<string, Map<string, CallingSpan[]>>();

  /** False for a span that is there already. */
  add(span: TimedSpan): boolean {
    let trace = this.#traces.get(span.traceId);
    if (trace === undefined) {
      trace = new Map();
      this.#traces.set(span.traceId, trace);
    }
    const sharing = trace.get(span.spanId);
    if (sharing === undefined) trace.set(span.spanId, [span]);
    else if (sharing.some((other) => isSame(other, span))) return false;
    else sharing.push(span);
    return true;
  }

  /** A span that was looked for because a trace lacks it. */
  addCaller(traceId: string, span: CallingSpan): void {
    const trace = this.#traces.get(traceId);
    const sharing = trace?.get(span.spanId);
    if (sharing === undefined) trace?.set(span.spanId, [span]);
    else sharing.push(span);
  }

  trace(traceId: string): SpansById {
    return this.#traces.get(traceId) ?? NO_SPANS;
  }
}

function isSame(a: CallingSpan & { readonly startTimeUs?: number }, b: TimedSpan): boolean {
  return (
    a.startTimeUs === b.startTimeUs &&
    a.serviceName === b.serviceName &&
    a.spanKind === b.spanKind &&
    a.parentSpanId === b.parentSpanId
  );
}
