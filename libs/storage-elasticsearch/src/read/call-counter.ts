import type { DependencyLink } from "@spoor/storage-api";

/** What counting calls needs of a span. */
export interface CallSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly serviceName: string;
  readonly spanKind: string;
  readonly startTimeUs: number;
}

/** Counts calls between services from spans in any order. */
export class CallCounter {
  readonly #traces = new Map<string, Map<string, CallSpan[]>>();
  #count = 0;

  /** Spans held. */
  get size(): number {
    return this.#count;
  }

  /** A span that was stored twice counts once. */
  add(span: CallSpan): void {
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

  /** Links whose child started between the two times, microseconds, inclusive, and satisfies `wanted`. */
  links(wanted: (startTimeUs: number) => boolean): DependencyLink[] {
    const counts = new Map<string, Map<string, number>>();
    for (const trace of this.#traces.values()) {
      for (const sharing of trace.values()) {
        for (const span of sharing) {
          if (!wanted(span.startTimeUs)) continue;
          const parent = callerOf(span, sharing, trace)?.serviceName;
          if (parent === undefined || parent === span.serviceName) continue;
          let children = counts.get(parent);
          if (children === undefined) {
            children = new Map();
            counts.set(parent, children);
          }
          children.set(span.serviceName, (children.get(span.serviceName) ?? 0) + 1);
        }
      }
    }
    const links: DependencyLink[] = [];
    for (const [parent, children] of counts) {
      for (const [child, callCount] of children) links.push({ parent, child, callCount, source: "" });
    }
    return links;
  }
}

function isSame(a: CallSpan, b: CallSpan): boolean {
  return (
    a.startTimeUs === b.startTimeUs &&
    a.serviceName === b.serviceName &&
    a.spanKind === b.spanKind &&
    a.parentSpanId === b.parentSpanId
  );
}

/**
 * Zipkin's clients give both halves of a call one span id: the client half calls the server half, and children of the
 * id are the server's (jaegertracing/jaeger `model/adjuster/zipkin_span_id_uniquify.go`).
 */
function callerOf(
  span: CallSpan,
  sharing: readonly CallSpan[],
  trace: ReadonlyMap<string, readonly CallSpan[]>,
): CallSpan | undefined {
  if (span.spanKind === "server" && sharing.length > 1) {
    const client = sharing.find((other) => other.spanKind === "client");
    if (client !== undefined) return client;
  }
  if (span.parentSpanId === undefined) return undefined;
  const parents = trace.get(span.parentSpanId);
  if (parents === undefined) return undefined;
  if (parents.length > 1 && parents.some((parent) => parent.spanKind === "client")) {
    return parents.find((parent) => parent.spanKind === "server") ?? parents[0];
  }
  return parents[0];
}
