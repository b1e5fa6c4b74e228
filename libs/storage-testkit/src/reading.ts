import type { Span, TraceId } from "@spoor/span-model";
import { decodeSpan, type EncodedSpan } from "@spoor/span-wire";
import type { LatenciesQuery, ReadOptions, TraceQuery, TraceReader } from "@spoor/storage-api";

const EVERYTHING_NS = 2n ** 62n;

/** All spans of a trace, encoded. */
export async function readEncoded(
  reader: TraceReader,
  traceId: TraceId,
  options: ReadOptions = { tenant: "" },
): Promise<EncodedSpan[]> {
  const spans: EncodedSpan[] = [];
  for await (const chunk of reader.getTrace(traceId, options)) spans.push(...chunk);
  return spans;
}

/** All spans of a trace, decoded. */
export async function readTrace(reader: TraceReader, traceId: TraceId, options?: ReadOptions): Promise<Span[]> {
  return (await readEncoded(reader, traceId, options)).map((span) => decodeSpan(span));
}

/** A query without conditions, with those given. */
export function query(given: Partial<TraceQuery> = {}): TraceQuery {
  return { tags: new Map(), startTimeMinNs: 0n, startTimeMaxNs: EVERYTHING_NS, limit: 100, ...given };
}

/** A query of span metrics: of one service's latencies at one moment, with what is given. */
export function latenciesQuery(given: Partial<LatenciesQuery> = {}): LatenciesQuery {
  return {
    serviceNames: ["a"],
    groupByOperation: false,
    spanKinds: [],
    endTimeMs: 1,
    lookbackMs: 1,
    stepMs: 1,
    ratePerMs: 1,
    quantile: 0.5,
    ...given,
  };
}
