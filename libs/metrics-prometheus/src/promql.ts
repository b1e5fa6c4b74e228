import type { MetricsQuery } from "@spoor/storage-api";
import type { MetricNames } from "./options.ts";

/** The label that the `spanmetrics` connector gives an operation; readers know it as `operation`. */
export const OPERATION_LABEL = "span_name";

const LONG_UNIT = { ms: "milliseconds", s: "seconds" } as const;

/**
 * The queries that v1 asks (jaegertracing/jaeger `internal/storage/metricstore/prometheus/metricstore/reader.go`), character by character
 * where v1's mean what was asked for. Names of services stand for themselves: v1 takes them for regular expressions, and lets a quote end the string.
 */
export class QueryBuilder {
  readonly #calls: string;
  readonly #duration: string;

  constructor({ namespace, normalizeCalls, normalizeDuration, durationUnit }: MetricNames) {
    const prefix = namespace === "" ? "" : `${namespace}_`;
    this.#calls = `${prefix}calls${normalizeCalls ? "_total" : ""}`;
    this.#duration = `${prefix}duration${normalizeDuration ? `_${LONG_UNIT[durationUnit]}` : ""}`;
  }

  latencies(query: MetricsQuery, quantile: number): string {
    const buckets = `${this.#duration}_bucket{${services(query)}, ${kinds(query)}}[${rangeText(query.ratePerMs)}]`;
    return `histogram_quantile(${quantileText(quantile)}, sum(rate(${buckets})) by (${[...groups(query), "le"].join(",")}))`;
  }

  callRates(query: MetricsQuery): string {
    return this.#rate(query, "");
  }

  errorRates(query: MetricsQuery): string {
    return `${this.#rate(query, 'status_code = "STATUS_CODE_ERROR", ')} / ${this.#rate(query, "")}`;
  }

  #rate(query: MetricsQuery, condition: string): string {
    const calls = `${this.#calls}{${services(query)}, ${condition}${kinds(query)}}[${rangeText(query.ratePerMs)}]`;
    return `sum(rate(${calls})) by (${groups(query).join(",")})`;
  }
}

/** As v1 shows a quantile, with two digits behind the point; more where it has more (v1 rounds 0.999 to 1.00). */
export function quantileText(quantile: number): string {
  if (Math.abs(quantile) === Number.POSITIVE_INFINITY) return quantile > 0 ? "+Inf" : "-Inf";
  const short = quantile.toFixed(2);
  return Number(short) === quantile ? short : String(quantile);
}

function services({ serviceNames }: MetricsQuery): string {
  return `service_name =~ "${serviceNames.map(exactly).join("|")}"`;
}

function kinds({ spanKinds }: MetricsQuery): string {
  return spanKinds.length === 0 ? "" : `span_kind =~ "${spanKinds.join("|")}"`;
}

function groups({ groupByOperation }: MetricsQuery): readonly string[] {
  return groupByOperation ? ["service_name", OPERATION_LABEL] : ["service_name"];
}

/** A regular expression (RE2) that matches this text only, as it stands in a string of PromQL. */
function exactly(text: string): string {
  return text
    .replace(/[\\.+*?()|[\]{}^$]/g, "\\$&")
    .replace(/[\\"]/g, "\\$&")
    .replaceAll("\n", "\\n");
}

const UNITS = [
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

/**
 * The time in the largest unit that holds it without a rest. v1 keeps only the first part of Go's text, so that 90 seconds (`1m30s`)
 * are one minute, and 500 ms are 500 minutes.
 */
function rangeText(ms: number): string {
  if (ms === 0) return "0s";
  const unit = UNITS.find(([, unitMs]) => ms % unitMs === 0);
  return unit === undefined ? `${ms}ms` : `${ms / unit[1]}${unit[0]}`;
}
