/** When the last sample was taken, milliseconds since the epoch. */
const END_MS = Date.UTC(2026, 8, 1, 12);
/** Between two samples: what lies on the edge of a range belongs to it in Prometheus 2 only. */
export const ASKED_MS = END_MS - 5000;
const SAMPLE_EVERY_S = 15;
const SAMPLES = 120;

interface Series {
  readonly service: string;
  readonly operation: string;
  readonly kind: "SERVER" | "CLIENT";
  readonly status?: "UNSET" | "ERROR";
  readonly callsPerSecond: number;
  /** The part of the spans that take up to 4, 10, 50 and 250 ms. */
  readonly upTo: readonly [number, number, number, number];
}

const FAST = [0.5, 0.9, 0.99, 1] as const;
const SLOW = [0, 0.1, 0.6, 0.95] as const;

/** A service that fails now and then, one that never does, one that nobody calls, and two whose names a pattern takes for one. */
const SERIES: readonly Series[] = [
  { service: "checkout", operation: "GET /cart", kind: "SERVER", callsPerSecond: 2, upTo: FAST },
  { service: "checkout", operation: "POST /order", kind: "SERVER", callsPerSecond: 0.4, upTo: SLOW },
  { service: "checkout", operation: "POST /order", kind: "SERVER", status: "ERROR", callsPerSecond: 0.1, upTo: SLOW },
  { service: "checkout", operation: "reserve", kind: "CLIENT", callsPerSecond: 0.5, upTo: FAST },
  { service: "stock", operation: "reserve", kind: "SERVER", callsPerSecond: 1.5, upTo: FAST },
  { service: "idle", operation: "wait", kind: "SERVER", callsPerSecond: 0, upTo: FAST },
  { service: "idle", operation: "wait", kind: "SERVER", status: "ERROR", callsPerSecond: 0, upTo: FAST },
  { service: "shop.front", operation: "page", kind: "SERVER", callsPerSecond: 1, upTo: FAST },
  { service: "shopXfront", operation: "page", kind: "SERVER", callsPerSecond: 4, upTo: FAST },
  { service: 'a "quoted" \\ name', operation: "<page> é", kind: "SERVER", callsPerSecond: 3, upTo: FAST },
];

/**
 * What a Prometheus holds after half an hour of an OpenTelemetry Collector's `spanmetrics` connector, in the OpenMetrics text format: once with the
 * connector's names in the namespace `traces_span_metrics`, once with the exporter's normalized names in seconds and no namespace.
 */
export function spanMetricsSamples(): string {
  const lines: string[] = [];
  for (let sample = 0; sample <= SAMPLES; sample++) {
    const elapsedS = sample * SAMPLE_EVERY_S;
    const time = END_MS / 1000 - (SAMPLES - sample) * SAMPLE_EVERY_S;
    for (const series of SERIES) {
      const labels = labelsOf(series);
      // More and more, so that no two points are alike.
      const calls = series.callsPerSecond * elapsedS * (1 + sample / SAMPLES);
      for (const name of ["traces_span_metrics_calls", "calls_total"])
        lines.push(`${name}{${labels}} ${calls} ${time}`);
      for (const [name, bounds] of HISTOGRAMS) {
        for (const [i, bound] of bounds.entries()) {
          lines.push(`${name}_bucket{${labels},le="${bound}"} ${calls * (series.upTo[i] ?? 1)} ${time}`);
        }
      }
    }
  }
  return `${lines.join("\n")}\n# EOF\n`;
}

const HISTOGRAMS = [
  ["traces_span_metrics_duration", ["4.0", "10.0", "50.0", "250.0", "+Inf"]],
  ["duration_seconds", ["0.004", "0.01", "0.05", "0.25", "+Inf"]],
] as const;

function labelsOf({ service, operation, kind, status = "UNSET" }: Series): string {
  return [
    ["service_name", service],
    ["span_name", operation],
    ["span_kind", `SPAN_KIND_${kind}`],
    ["status_code", `STATUS_CODE_${status}`],
  ]
    .map(([name, value = ""]) => `${name}="${value.replace(/[\\"]/g, "\\$&")}"`)
    .join(",");
}
