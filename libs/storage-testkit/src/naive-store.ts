import type { KeyValue, Span, TraceId } from "@spoor/span-model";
import { parentReference } from "@spoor/span-model";
import { valueText } from "@spoor/span-wire";
import type { DependencyLink, Operation, TraceQuery } from "@spoor/storage-api";
import { spanText } from "./batches.ts";

/** The storage contract in its plainest form: decoded spans in a list, every question a loop over it. */
export class NaiveStore {
  readonly spans: Span[] = [];

  add(spans: readonly Span[]): void {
    this.spans.push(...spans);
  }

  trace(traceId: TraceId): Span[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  /** Every matching trace with the start of its newest matching span; the limit is not applied. */
  matches(query: TraceQuery): Map<TraceId, bigint> {
    const newest = new Map<TraceId, bigint>();
    for (const span of this.spans) {
      if (!spanMatches(span, query)) continue;
      const known = newest.get(span.traceId);
      if (known === undefined || span.startTimeNs > known) newest.set(span.traceId, span.startTimeNs);
    }
    return newest;
  }

  services(): string[] {
    return [...new Set(this.spans.map((span) => span.process.serviceName))].sort();
  }

  operations(serviceName: string, spanKind?: string): Operation[] {
    const found = new Map<string, Operation>();
    for (const span of this.spans) {
      if (span.process.serviceName !== serviceName) continue;
      const operation = { name: span.operationName, spanKind: spanKindOf(span) };
      if (spanKind !== undefined && operation.spanKind !== spanKind) continue;
      found.set(JSON.stringify([operation.name, operation.spanKind]), operation);
    }
    return sortOperations([...found.values()]);
  }

  /** Calls between services whose child span started in the range, milliseconds, inclusive. */
  dependencies(range: { readonly startTimeMs: number; readonly endTimeMs: number }): DependencyLink[] {
    const traces = new Map<TraceId, Span[]>();
    for (const span of new Map(this.spans.map((span) => [spanText(span), span])).values()) {
      traces.set(span.traceId, [...(traces.get(span.traceId) ?? []), span]);
    }
    const links = new Map<string, DependencyLink>();
    const minNs = BigInt(range.startTimeMs) * 1_000_000n;
    const maxNs = BigInt(range.endTimeMs) * 1_000_000n;
    for (const spans of traces.values()) {
      for (const span of spans) {
        if (span.startTimeNs < minNs || span.startTimeNs > maxNs) continue;
        const parent = callerOf(span, spans)?.process.serviceName;
        const child = span.process.serviceName;
        if (parent === undefined || parent === child) continue;
        const key = JSON.stringify([parent, child]);
        links.set(key, { parent, child, callCount: (links.get(key)?.callCount ?? 0) + 1, source: "" });
      }
    }
    return sortLinks([...links.values()]);
  }
}

export function sortOperations(operations: readonly Operation[]): Operation[] {
  return [...operations].sort((a, b) => compareText(a.name, b.name) || compareText(a.spanKind, b.spanKind));
}

export function sortLinks(links: readonly DependencyLink[]): DependencyLink[] {
  return [...links].sort((a, b) => compareText(a.parent, b.parent) || compareText(a.child, b.child));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The text of the first tag `span.kind`; "" without one. */
export function spanKindOf(span: Span): string {
  const tag = span.tags.find((candidate) => candidate.key === "span.kind");
  return tag === undefined ? "" : valueText(tag);
}

/** All places a tag search looks at. */
export function searchableTags(span: Span): KeyValue[] {
  return [...span.tags, ...span.process.tags, ...span.logs.flatMap((log) => log.fields)];
}

/** Whether one span meets every condition of the query. */
export function spanMatches(span: Span, query: TraceQuery): boolean {
  if (query.serviceName !== undefined && span.process.serviceName !== query.serviceName) return false;
  if (query.operationName !== undefined && span.operationName !== query.operationName) return false;
  if (span.startTimeNs < query.startTimeMinNs || span.startTimeNs > query.startTimeMaxNs) return false;
  if (query.durationMinNs !== undefined && span.durationNs < query.durationMinNs) return false;
  if (query.durationMaxNs !== undefined && span.durationNs > query.durationMaxNs) return false;
  if (query.tags.size === 0) return true;
  const tags = searchableTags(span);
  return [...query.tags].every(([key, value]) => tags.some((tag) => tag.key === key && valueText(tag) === value));
}

/**
 * Who called this span. A server span that shares its id with a client span was called by that client; a span whose
 * parent id is shared so was called by the server half (jaegertracing/jaeger `model/adjuster/zipkin_span_id_uniquify.go`).
 */
function callerOf(span: Span, trace: readonly Span[]): Span | undefined {
  const clients = (id: string) => trace.find((other) => other.spanId === id && spanKindOf(other) === "client");
  if (spanKindOf(span) === "server") {
    const client = clients(span.spanId);
    if (client !== undefined) return client;
  }
  const parentId = parentReference(span.traceId, span.references)?.spanId;
  if (parentId === undefined) return undefined;
  const parents = trace.filter((other) => other.spanId === parentId);
  if (parents.length > 1 && clients(parentId) !== undefined) {
    return parents.find((other) => spanKindOf(other) === "server") ?? parents[0];
  }
  return parents[0];
}
