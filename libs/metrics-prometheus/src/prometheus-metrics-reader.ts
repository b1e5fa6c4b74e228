import {
  type LatenciesQuery,
  type Metric,
  type MetricFamily,
  type MetricsQuery,
  type MetricsReader,
  type ReadOptions,
  StorageError,
} from "@spoor/storage-api";
import type { BaseLogger } from "pino";
import { readMatrix } from "./answer.ts";
import { TokenFile } from "./bearer-token.ts";
import { within } from "./errors.ts";
import { HttpClient } from "./http-client.ts";
import { DEFAULT_LIMITS, type PrometheusMetricsOptions, type PrometheusTls } from "./options.ts";
import { QueryBuilder, quantileText } from "./promql.ts";

/** A reader that holds connections. */
export interface PrometheusMetrics extends MetricsReader {
  /** The server's URL without a password. */
  readonly shownUrl: string;
  /** Uses other certificates for new connections. */
  updateTls(tls: PrometheusTls): void;
  /** Ends requests under way; later ones reject with `CLOSED`. */
  close(): void;
}

const QUERY_RANGE = "/api/v1/query_range";

/**
 * Prepares to read from the Prometheus at `serverUrl`; it connects with the first query. Throws `INVALID_QUERY` for a URL that is none, and
 * `UNAVAILABLE` when the file of the token cannot be read.
 */
export function createPrometheusMetrics(options: PrometheusMetricsOptions): PrometheusMetrics {
  return new PrometheusMetricsReader(options);
}

interface Family {
  readonly name: string;
  readonly help: string;
}

class PrometheusMetricsReader implements PrometheusMetrics {
  readonly #http: HttpClient;
  readonly #queries: QueryBuilder;
  readonly #token: TokenFile | undefined;
  readonly #preferReaderToken: boolean;
  readonly #logger: BaseLogger;

  constructor(options: PrometheusMetricsOptions) {
    this.#http = new HttpClient({
      url: parseServerUrl(options.serverUrl),
      connectTimeoutMs: options.connectTimeoutMs,
      tls: options.tls,
      environment: options.environment ?? {},
      limits: { ...DEFAULT_LIMITS, ...options.limits },
    });
    this.#queries = new QueryBuilder(options.names);
    this.#token = options.tokenFile === undefined ? undefined : new TokenFile(options.tokenFile);
    this.#token?.value();
    this.#preferReaderToken = options.preferReaderToken ?? false;
    this.#logger = options.logger;
  }

  get shownUrl(): string {
    return this.#http.shownUrl;
  }

  getLatencies(query: LatenciesQuery, options: ReadOptions): Promise<MetricFamily> {
    const family = {
      name: "service_latencies",
      help: `${quantileText(query.quantile)}th quantile latency, grouped by service`,
    };
    return this.#read(family, this.#queries.latencies(query, query.quantile), query, options);
  }

  getCallRates(query: MetricsQuery, options: ReadOptions): Promise<MetricFamily> {
    const family = { name: "service_call_rate", help: "calls/sec, grouped by service" };
    return this.#read(family, this.#queries.callRates(query), query, options);
  }

  async getErrorRates(query: MetricsQuery, options: ReadOptions): Promise<MetricFamily> {
    const family = {
      name: "service_error_rate",
      help: "error rate, computed as a fraction of errors/sec over calls/sec, grouped by service",
    };
    const errors = await this.#read(family, this.#queries.errorRates(query), query, options).catch((error: unknown) => {
      throw within("failed getting error metrics", error);
    });
    if (errors.metrics.length > 0) return errors;
    // Prometheus has no series for what never happened. Services that are called have no errors, then.
    const calls = await this.getCallRates(query, options).catch((error: unknown) => {
      throw within("failed getting call metrics", error);
    });
    return { ...errors, metrics: calls.metrics.map(withoutErrors) };
  }

  async getMinStepMs(): Promise<number> {
    return 1;
  }

  updateTls(tls: PrometheusTls): void {
    this.#http.updateTls(tls);
  }

  close(): void {
    this.#http.close();
  }

  async #read(
    { name, help }: Family,
    promQl: string,
    query: MetricsQuery,
    options: ReadOptions,
  ): Promise<MetricFamily> {
    const form = new URLSearchParams({
      query: promQl,
      start: seconds(query.endTimeMs - query.lookbackMs),
      end: seconds(query.endTimeMs),
      step: seconds(query.stepMs),
    });
    const answer = await this.#send(form, options);
    const { metrics, warnings } = readMatrix(answer, this.#http.shownUrl);
    if (warnings.length > 0) {
      this.#logger.warn({ warnings: warnings.slice(0, 10), query: promQl }, "Prometheus warns about a query");
    }
    return query.groupByOperation
      ? { name: name.replace("service", "service_operation"), help: `${help} & operation`, metrics }
      : { name, help, metrics };
  }

  async #send(form: URLSearchParams, { bearerToken, signal }: ReadOptions) {
    const ofReader = this.#preferReaderToken ? bearerToken : undefined;
    const send = () => {
      const token = ofReader ?? this.#token?.value();
      return this.#http.send(QUERY_RANGE, form, token ? `Bearer ${token}` : undefined, signal);
    };
    const answer = await send();
    if (answer.status !== 401 || ofReader !== undefined || this.#token === undefined) return answer;
    // A token that was changed a moment ago.
    this.#token.forget();
    return send();
  }
}

function withoutErrors({ labels, points }: Metric): Metric {
  return { labels, points: points.map(({ timestampMs }) => ({ timestampMs, value: 0 })) };
}

function parseServerUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new StorageError("INVALID_QUERY", `the Prometheus server's URL has to begin with http:// or https://: ${text}`);
}

function seconds(ms: number): string {
  return String(ms / 1000);
}
