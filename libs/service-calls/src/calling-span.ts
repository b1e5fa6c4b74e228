/** What is known of a span that calls or is called. */
export interface CallingSpan {
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly serviceName: string;
  /** The text of its tag `span.kind`. */
  readonly spanKind: string;
}

/**
 * The span that called `span`, among the spans of its trace by id. Zipkin's clients give both halves of a call one span id: the client half
 * calls the server half, and children of the id are the server's (jaegertracing/jaeger `model/adjuster/zipkin_span_id_uniquify.go`).
 * Among other spans of one id it is the one whose service is alphabetically first, so that the order in which spans came means nothing.
 */
export function callerOf(
  span: CallingSpan,
  spans: ReadonlyMap<string, readonly CallingSpan[]>,
): CallingSpan | undefined {
  if (span.spanKind === "server") {
    const client = first(spans.get(span.spanId), "client");
    if (client !== undefined) return client;
  }
  if (span.parentSpanId === undefined || span.parentSpanId === span.spanId) return undefined;
  const parents = spans.get(span.parentSpanId);
  if (parents === undefined || parents.length === 1) return parents?.[0];
  const isShared = parents.some((parent) => parent.spanKind === "client");
  return (isShared ? first(parents, "server") : undefined) ?? first(parents, undefined);
}

/** The alphabetically first service's span of this kind, or of any. */
function first(spans: readonly CallingSpan[] | undefined, spanKind: string | undefined): CallingSpan | undefined {
  let found: CallingSpan | undefined;
  for (const span of spans ?? []) {
    if (spanKind !== undefined && span.spanKind !== spanKind) continue;
    if (found === undefined || span.serviceName < found.serviceName) found = span;
  }
  return found;
}
