import type { CallingSpan } from "./calling-span.ts";

/** A span that was stored. */
export interface StoredSpan extends CallingSpan {
  readonly startTimeMs: number;
  /** Whether another span may have the same id, as with Zipkin's clients; then both halves are looked for. */
  readonly mayShareId: boolean;
}

/** Spans of a trace to be looked for in the store. */
export interface WantedSpans {
  readonly traceId: string;
  readonly spanIds: ReadonlySet<string>;
  /** The earliest and latest start of the spans that want them, milliseconds since the epoch. */
  readonly startTimeMinMs: number;
  readonly startTimeMaxMs: number;
}

export interface PendingTrace {
  readonly traceId: string;
  readonly spans: StoredSpan[];
  readonly sinceMs: number;
}

/** Stored spans by trace, in the order in which the first of each trace came. */
export class PendingSpans {
  readonly #traces = new Map<string, PendingTrace>();
  #size = 0;

  /** Spans held. */
  get size(): number {
    return this.#size;
  }

  add(traceId: string, span: StoredSpan, nowMs: number): void {
    this.#size++;
    const trace = this.#traces.get(traceId);
    if (trace === undefined) this.#traces.set(traceId, { traceId, spans: [span], sinceMs: nowMs });
    else trace.spans.push(span);
  }

  /** Takes out traces that wait since `beforeMs` or longer, the oldest first, and beyond them so many that at most `keep` spans stay. */
  take(beforeMs: number, keep: number): readonly PendingTrace[] {
    const taken: PendingTrace[] = [];
    for (const trace of this.#traces.values()) {
      if (trace.sinceMs > beforeMs && this.#size <= keep) break;
      taken.push(trace);
      this.#traces.delete(trace.traceId);
      this.#size -= trace.spans.length;
    }
    return taken;
  }
}
