import { parentReference, type Span } from "@spoor/span-model";
import { spanKindOf } from "../write/index-rows.ts";

/** A span that another service may have called. */
export interface PendingCall {
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly serviceName: string;
  readonly isServer: boolean;
  readonly startTimeMs: number;
}

export interface PendingTrace {
  readonly traceId: string;
  /** By span id and content, so that a span that is written again is here once. */
  readonly calls: Map<string, PendingCall>;
  readonly sinceMs: number;
  /** True once its parents were looked for in vain. */
  readonly isSecondTry: boolean;
}

const COUNTED_GENERATION = 200_000;

/** Stored spans whose caller is yet to be found, by trace. Bounded: with too many, the oldest are given out before their time. */
export class PendingCalls {
  readonly #maxCalls: number;
  readonly #traces = new Map<string, PendingTrace>();
  /** What was counted not long ago; two generations bound the memory. */
  #counted = new Set<string>();
  #countedBefore = new Set<string>();
  #calls = 0;

  constructor(maxCalls: number) {
    this.#maxCalls = maxCalls;
  }

  get isFull(): boolean {
    return this.#calls > this.#maxCalls;
  }

  add(span: Span, hash: string, nowMs: number): void {
    const parentSpanId = parentReference(span.traceId, span.references)?.spanId;
    const isServer = spanKindOf(span) === "server";
    if (parentSpanId === undefined && !isServer) return;
    const key = `${span.spanId}${hash}`;
    if (this.#isCounted(span.traceId + key)) return;
    let trace = this.#traces.get(span.traceId);
    if (trace === undefined) {
      trace = { traceId: span.traceId, calls: new Map(), sinceMs: nowMs, isSecondTry: false };
      this.#traces.set(span.traceId, trace);
    }
    if (trace.calls.has(key)) return;
    this.#calls++;
    trace.calls.set(key, {
      spanId: span.spanId,
      parentSpanId,
      serviceName: span.process.serviceName,
      isServer,
      startTimeMs: Number(span.startTimeNs / 1_000_000n),
    });
  }

  /** Up to `max` traces that have waited since `beforeMs` or longer, taken out; any, the oldest first, when there are too many. */
  take(beforeMs: number, max: number): readonly PendingTrace[] {
    const taken: PendingTrace[] = [];
    for (const trace of this.#traces.values()) {
      if (taken.length >= max) break;
      if (trace.sinceMs > beforeMs && !this.isFull) continue;
      taken.push(trace);
      this.#traces.delete(trace.traceId);
      this.#calls -= trace.calls.size;
    }
    return taken;
  }

  /** For calls whose caller was not found: they are tried once more, later. */
  putBack(trace: PendingTrace, nowMs: number, isSecondTry: boolean): void {
    if (trace.calls.size === 0 || this.isFull) return;
    const known = this.#traces.get(trace.traceId);
    const calls = new Map([...trace.calls, ...(known?.calls ?? [])]);
    this.#calls += calls.size - (known?.calls.size ?? 0);
    this.#traces.delete(trace.traceId);
    this.#traces.set(trace.traceId, { traceId: trace.traceId, calls, sinceMs: nowMs, isSecondTry });
  }

  markCounted(traceId: string, key: string): void {
    this.#counted.add(traceId + key);
    if (this.#counted.size < COUNTED_GENERATION) return;
    this.#countedBefore = this.#counted;
    this.#counted = new Set();
  }

  #isCounted(key: string): boolean {
    return this.#counted.has(key) || this.#countedBefore.has(key);
  }
}
