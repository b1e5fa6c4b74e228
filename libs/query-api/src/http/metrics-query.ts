import { invalidParameter } from "../errors.ts";
import { parseFloat64, parseInt10 } from "../go/parse-number.ts";
import type { QueryValues } from "../go/query-values.ts";
import { booleanParameter, named, parameter } from "./params.ts";

const SPAN_KINDS: ReadonlySet<string> = new Set([
  "unspecified",
  "internal",
  "server",
  "client",
  "producer",
  "consumer",
]);

/** Throws what v1 finds wrong with the parameters of `/api/metrics/{calls,errors}`, in its order. */
export function checkMetricsQuery(query: QueryValues): void {
  if (!query.has("service"))
    throw invalidParameter("unable to parse param 'service': please provide at least one service name");
  booleanParameter(query, "groupByOperation");
  for (const kind of query.all("spanKind"))
    if (!SPAN_KINDS.has(kind))
      throw invalidParameter(`unable to parse param 'spanKind': unsupported span kind: '${kind}'`);
  for (const name of ["endTs", "lookback", "step", "ratePer"])
    parameter(query, name, (text) => parseInt10(text, 64), 0n);
}

/** As {@link checkMetricsQuery} for `/api/metrics/latencies`, whose quantile has no default. */
export function checkLatenciesQuery(query: QueryValues): void {
  named("unable to parse param 'quantile'", () => parseFloat64(query.first("quantile")));
  checkMetricsQuery(query);
}
