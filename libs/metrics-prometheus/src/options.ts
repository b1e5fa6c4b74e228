import type { BaseLogger } from "pino";

/** TLS towards the server; an `https` URL works without it too, with the system's authorities. */
export interface PrometheusTls {
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
  readonly serverName?: string | undefined;
  readonly skipHostVerify?: boolean;
}

/** Bounds of what a server may cost. */
export interface PrometheusLimits {
  /** Bytes of one answer, once decompressed. It takes some six times as much while it is read. */
  readonly maxAnswerBytes: number;
  /** Bytes of all answers under way; a request beyond them is `OVERLOADED`. */
  readonly maxPendingBytes: number;
  /** Requests under way at once; others wait. */
  readonly maxRequests: number;
  /** The longest time for one query, milliseconds. Prometheus itself gives up after two minutes. */
  readonly requestTimeoutMs: number;
}

export const DEFAULT_LIMITS: PrometheusLimits = {
  maxAnswerBytes: 32 * 1024 * 1024,
  maxPendingBytes: 64 * 1024 * 1024,
  maxRequests: 16,
  requestTimeoutMs: 150_000,
};

/** How the metrics are named: as the OpenTelemetry Collector's `spanmetrics` connector and its exporter to Prometheus name them. */
export interface MetricNames {
  /** Before `calls` and `duration`, with an underscore; "" for none. */
  readonly namespace: string;
  /** `calls_total` instead of `calls`. */
  readonly normalizeCalls: boolean;
  /** `duration_milliseconds` or `duration_seconds` instead of `duration`. */
  readonly normalizeDuration: boolean;
  readonly durationUnit: "ms" | "s";
}

export interface PrometheusMetricsOptions {
  /** With `http:` or `https:`, perhaps a path, and user and password. */
  readonly serverUrl: string;
  /** The longest time until there is a connection, milliseconds; 0 for no limit of its own. */
  readonly connectTimeoutMs: number;
  readonly names: MetricNames;
  /** A file with a bearer token, read again when it changes. */
  readonly tokenFile?: string;
  /** The token of a reader wins over that of the file. */
  readonly preferReaderToken?: boolean;
  readonly tls?: PrometheusTls;
  /** Where `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` are looked for. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly limits?: Partial<PrometheusLimits>;
  readonly logger: BaseLogger;
}
