import type { LatenciesQuery, MetricsQuery, MetricsSpanKind } from "@spoor/storage-api";
import { invalidParameter } from "../errors.ts";
import { parseFloat64, parseInt10 } from "../go/parse-number.ts";
import type { QueryValues } from "../go/query-values.ts";
import { booleanParameter, named, parameter } from "./params.ts";

const SPAN_KINDS: ReadonlyMap<string, MetricsSpanKind> = new Map([
  ["unspecified", "SPAN_KIND_UNSPECIFIED"],
  ["internal", "SPAN_KIND_INTERNAL"],
  ["server", "SPAN_KIND_SERVER"],
  ["client", "SPAN_KIND_CLIENT"],
  ["producer", "SPAN_KIND_PRODUCER"],
  ["consumer", "SPAN_KIND_CONSUMER"],
]);
/** v1's. */
const DEFAULT_SPAN_KINDS: readonly MetricsSpanKind[] = ["SPAN_KIND_SERVER"];
const DEFAULT_LOOKBACK_MS = 3_600_000;
const DEFAULT_STEP_MS = 5000;
const DEFAULT_RATE_PER_MS = 600_000;
const NS_PER_MS = 1_000_000n;

/** Parameters of `/api/metrics/{calls,errors}`. Throws what v1 finds wrong with them, in its order. */
export function parseMetricsQuery(query: QueryValues, nowMs: number): MetricsQuery {
  if (!query.has("service"))
    throw invalidParameter("unable to parse param 'service': please provide at least one service name");
  const groupByOperation = booleanParameter(query, "groupByOperation");
  const spanKinds = query.has("spanKind") ? query.all("spanKind").map(spanKindOf) : DEFAULT_SPAN_KINDS;
  return {
    serviceNames: query.all("service"),
    groupByOperation,
    spanKinds,
    endTimeMs: parameter(query, "endTs", parseMs, nowMs),
    lookbackMs: parameter(query, "lookback", parseMs, DEFAULT_LOOKBACK_MS),
    stepMs: parameter(query, "step", parseMs, DEFAULT_STEP_MS),
    ratePerMs: parameter(query, "ratePer", parseMs, DEFAULT_RATE_PER_MS),
  };
}

/** As {@link parseMetricsQuery} for `/api/metrics/latencies`, whose quantile has no default. */
export function parseLatenciesQuery(query: QueryValues, nowMs: number): LatenciesQuery {
  const quantile = named("unable to parse param 'quantile'", () => parseFloat64(query.first("quantile")));
  return { ...parseMetricsQuery(query, nowMs), quantile };
}

function spanKindOf(text: string): MetricsSpanKind {
  const kind = SPAN_KINDS.get(text);
  if (kind === undefined) throw invalidParameter(`unable to parse param 'spanKind': unsupported span kind: '${text}'`);
  return kind;
}

/** Milliseconds as v1 keeps them: in 64-bit nanoseconds, which very large numbers wrap around. */
function parseMs(text: string): number {
  return Number(BigInt.asIntN(64, parseInt10(text, 64) * NS_PER_MS) / NS_PER_MS);
}
