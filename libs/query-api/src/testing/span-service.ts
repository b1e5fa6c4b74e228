import { type QueryService, rawTrace, type TraceView } from "@spoor/query-service";
import type { Span } from "@spoor/span-model";
import { encodeSpans } from "@spoor/span-wire";
import type { Completeness } from "@spoor/storage-api";

/** What a test may decide about {@link spanService}. */
export interface SpanServiceOptions {
  readonly completeness?: Completeness;
  readonly archiveEnabled?: boolean;
  /** Told of every span read from a view. */
  readonly onSpan?: (index: number) => void;
  /** Told when reading a view's spans ends, for whatever reason. */
  readonly onReadEnd?: () => void;
}

/** A query service over decoded spans, each tenant's own, unadjusted and in the order given. */
export function spanService(
  spansByTenant: Readonly<Record<string, readonly Span[]>>,
  options: SpanServiceOptions = {},
): QueryService {
  const spansOf = (tenant: string): readonly Span[] => spansByTenant[tenant] ?? [];
  const viewOf = (tenant: string, traceId: string): TraceView | undefined => {
    const own = spansOf(tenant).filter((span) => span.traceId === traceId);
    if (own.length === 0) return undefined;
    const view = rawTrace(traceId, encodeSpans(own));
    function* told<T>(spans: Iterable<T>): Generator<T, void, undefined> {
      let index = 0;
      try {
        for (const span of spans) {
          options.onSpan?.(index++);
          yield span;
        }
      } finally {
        options.onReadEnd?.();
      }
    }
    return {
      traceId,
      spanCount: own.length,
      spans: () => told(view.spans()),
      shown: () => told(view.shown()),
    };
  };
  return {
    archiveEnabled: options.archiveEnabled ?? false,
    archiveTrace: async () => {},
    getTrace: async (traceId, { tenant }) => viewOf(tenant, traceId),
    findTraces: async (query, { tenant }) => {
      const ids = new Set<string>();
      for (const span of spansOf(tenant)) {
        const matches = span.process.serviceName === query.serviceName;
        if (matches && span.startTimeNs >= query.startTimeMinNs && span.startTimeNs <= query.startTimeMaxNs)
          ids.add(span.traceId);
      }
      const chosen = [...ids].slice(0, query.limit);
      return {
        completeness: options.completeness ?? { complete: true },
        traces: (async function* () {
          for (const id of chosen) {
            const view = viewOf(tenant, id);
            if (view) yield view;
          }
        })(),
      };
    },
    getServices: async ({ tenant }) => [...new Set(spansOf(tenant).map((span) => span.process.serviceName))].sort(),
    getOperations: async ({ serviceName, spanKind }, { tenant }) => {
      const names = spansOf(tenant).filter((span) => span.process.serviceName === serviceName);
      const operations = [...new Set(names.map((span) => span.operationName))].map((name) => ({ name, spanKind: "" }));
      return spanKind === undefined ? operations : [];
    },
    getDependencies: async () => [
      { parent: "a", child: "b", callCount: 2, source: "" },
      { parent: "a", child: "b", callCount: 3, source: "x" },
      { parent: "b", child: "c", callCount: 1, source: "" },
    ],
  };
}

/** `count` spans of one trace of the service `shop`. */
export function spansOfOneTrace(count: number, traceId: string = `${"0".repeat(16)}00000000000000ab`): Span[] {
  const process = { serviceName: "shop", tags: [] };
  return Array.from({ length: count }, (_, index) => ({
    traceId,
    spanId: (index + 1).toString(16).padStart(16, "0"),
    operationName: `operation ${index % 7}`,
    references: [],
    flags: 1,
    startTimeNs: 1_795_423_020_000_000_000n + BigInt(index) * 1000n,
    durationNs: 5_000_000n,
    tags: [{ key: "index", type: "int64" as const, value: BigInt(index) }],
    logs: [],
    process,
    warnings: [],
  }));
}
