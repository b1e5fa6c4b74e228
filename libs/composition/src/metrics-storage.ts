import {
  clientTlsFlags,
  type DaemonContext,
  DaemonError,
  type Environment,
  type EnvironmentVariable,
  type FlagGroup,
  readClientTls,
  type Settings,
  watchClientTls,
} from "@spoor/daemon";
import { createPrometheusMetrics, type MetricNames, type PrometheusMetrics } from "@spoor/metrics-prometheus";
import { measureMetricsReader } from "@spoor/query-service";
import { type MetricsReader, StorageError } from "@spoor/storage-api";

const VARIABLE = "METRICS_STORAGE_TYPE";
const PREFIX = "prometheus";
const CONNECT_TIMEOUT_MS = 30_000;

/** What the sub-command `env` says about the metrics storage. */
export const METRICS_STORAGE_ENVIRONMENT: readonly EnvironmentVariable[] = [
  {
    name: VARIABLE,
    description:
      "The type of backend [prometheus] used as a metrics store with Service Performance Monitoring: /api/metrics/* answer from it.",
    default: "",
  },
];

/** Throws `INVALID_SETTINGS` in v1's words when `METRICS_STORAGE_TYPE` names something unknown. */
export function checkMetricsStorageType(environment: Environment): void {
  const type = environment[VARIABLE] ?? "";
  if (type === "" || type === PREFIX) return;
  throw new DaemonError(
    "INVALID_SETTINGS",
    `Cannot initialize metrics factory: unknown metrics type "${type}". Valid types are [prometheus]`,
  );
}

/** Flags of the metrics storage that the environment names; none when it names none. */
export function metricsStorageFlags(environment: Environment): readonly FlagGroup[] {
  return (environment[VARIABLE] ?? "") === "" ? [] : [PROMETHEUS_FLAGS];
}

/** v1's flags (jaegertracing/jaeger `internal/storage/metricstore/prometheus/options.go`). */
const PROMETHEUS_FLAGS: FlagGroup = {
  title: "Span metrics in Prometheus",
  flags: [
    {
      name: "prometheus.server-url",
      type: "string",
      default: "http://localhost:9090",
      description: "The Prometheus server's URL, must include the protocol scheme e.g. http://localhost:9090",
    },
    {
      name: "prometheus.connect-timeout",
      type: "duration",
      default: CONNECT_TIMEOUT_MS,
      description: "The period to wait for a connection to Prometheus when executing queries",
    },
    {
      name: "prometheus.token-file",
      type: "string",
      default: "",
      description:
        "The path to a file containing the bearer token which will be included when executing queries against the Prometheus API. It is read again when it changes",
    },
    {
      name: "prometheus.token-override-from-context",
      type: "bool",
      default: true,
      description:
        "Whether the bearer token should be overridden from context (incoming request); requests have one with --query.bearer-token-propagation",
    },
    {
      name: "prometheus.query.namespace",
      type: "string",
      default: "traces_span_metrics",
      description:
        "The metric namespace that is prefixed to the metric name. A '_' separator will be added between the namespace and the metric name",
    },
    {
      name: "prometheus.query.duration-unit",
      type: "string",
      default: "ms",
      description:
        'The units used for the "latency" histogram, "ms" or "s", as set in the spanmetrics connector. With --prometheus.query.normalize-duration it is part of the metric\'s name',
    },
    {
      name: "prometheus.query.normalize-calls",
      type: "bool",
      default: false,
      description:
        'Whether the "calls" metric is named as exporters to Prometheus normalize it: "calls_total" instead of "calls"',
    },
    {
      name: "prometheus.query.normalize-duration",
      type: "bool",
      default: false,
      description:
        'Whether the "duration" metric is named as exporters to Prometheus normalize it: "duration_milliseconds_bucket" instead of "duration_bucket"',
    },
    ...clientTlsFlags(PREFIX),
  ],
};

/** The reader of span metrics that the environment names; `undefined` when it names none. It ends with the daemon. */
export function openMetricsReader(context: DaemonContext): MetricsReader | undefined {
  const { environment, logger, registry, lifecycle, settings } = context;
  if ((environment[VARIABLE] ?? "") === "") return undefined;
  const reader = openPrometheus(context);
  const certificates = watchClientTls(settings, PREFIX, context, (tls) => reader.updateTls(tls));
  lifecycle.add("metrics storage", async () => {
    certificates.close();
    reader.close();
  });
  logger.info({ addr: reader.shownUrl }, "Span metrics are read from Prometheus");
  return measureMetricsReader(reader, { registry, kind: PREFIX });
}

function openPrometheus({ settings, environment, logger }: DaemonContext): PrometheusMetrics {
  const tokenFile = settings.string("prometheus.token-file");
  const tls = readClientTls(settings, PREFIX);
  try {
    return createPrometheusMetrics({
      // As v1, which is lenient with blanks.
      serverUrl: settings.string("prometheus.server-url").replaceAll(" ", ""),
      connectTimeoutMs: settings.durationMs("prometheus.connect-timeout"),
      names: namesOf(settings),
      ...(tokenFile === "" ? {} : { tokenFile }),
      preferReaderToken: settings.bool("prometheus.token-override-from-context"),
      ...(tls === undefined ? {} : { tls }),
      environment,
      logger,
    });
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const hint = error.code === "UNAVAILABLE" ? "--prometheus.token-file" : "--prometheus.server-url";
    throw new DaemonError("INVALID_SETTINGS", `${error.message} (${hint})`, { cause: error });
  }
}

function namesOf(settings: Settings): MetricNames {
  const durationUnit = settings.string("prometheus.query.duration-unit");
  if (durationUnit !== "ms" && durationUnit !== "s") {
    throw new DaemonError(
      "INVALID_VALUE",
      `--prometheus.query.duration-unit must be one of "ms" or "s", not "${durationUnit}"`,
    );
  }
  return {
    namespace: settings.string("prometheus.query.namespace"),
    normalizeCalls: settings.bool("prometheus.query.normalize-calls"),
    normalizeDuration: settings.bool("prometheus.query.normalize-duration"),
    durationUnit,
  };
}
