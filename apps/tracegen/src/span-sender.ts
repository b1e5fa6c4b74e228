import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as HttpExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { ConsoleSpanExporter, type ReadableSpan, type SpanExporter } from "@opentelemetry/sdk-trace-node";
import { DaemonError, type Environment, type Settings } from "@spoor/daemon";

/** `ExportResultCode.SUCCESS` of OpenTelemetry's core. */
const SUCCESS = 0;
const SPANS_A_REQUEST = 512;

/** Exports ended spans in requests of bounded size. Waiting for {@link flush} keeps a fast generator from piling spans up. */
export class SpanSender {
  readonly #exporter: SpanExporter;
  readonly #onFirstFailure: (error: Error) => void;
  #ended: ReadableSpan[] = [];
  sentSpans = 0;
  failedSpans = 0;
  lastError: Error | undefined;

  constructor(exporter: SpanExporter, onFirstFailure: (error: Error) => void = () => undefined) {
    this.#exporter = exporter;
    this.#onFirstFailure = onFirstFailure;
  }

  add(span: ReadableSpan): void {
    this.#ended.push(span);
  }

  /** Sends full requests, or everything with `all`. */
  async flush(all: boolean): Promise<void> {
    while (this.#ended.length >= SPANS_A_REQUEST || (all && this.#ended.length > 0)) {
      await this.#export(this.#ended.splice(0, SPANS_A_REQUEST));
    }
  }

  async close(): Promise<void> {
    await this.flush(true);
    await this.#exporter.shutdown();
  }

  #export(spans: ReadableSpan[]): Promise<void> {
    return new Promise((resolve) => {
      this.#exporter.export(spans, (result) => {
        if (result.code === SUCCESS) this.sentSpans += spans.length;
        else {
          const error = result.error ?? new Error("unknown");
          if (this.failedSpans === 0) this.#onFirstFailure(error);
          this.failedSpans += spans.length;
          this.lastError = error;
        }
        resolve();
      });
    });
  }
}

/** Where the exporter that the flags name sends to; `undefined` when it sends nowhere. */
export function endpointOf(settings: Settings, environment: Environment): string | undefined {
  const name = settings.string("trace-exporter");
  if (name === "stdout") return undefined;
  const asked =
    settings.string("endpoint") ||
    environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ||
    environment.OTEL_EXPORTER_OTLP_ENDPOINT;
  return asked || (name === "otlp-http" ? "http://localhost:4318" : "http://localhost:4317");
}

/** The exporter that the flags name. */
export function exporterOf(settings: Settings): SpanExporter {
  const name = settings.string("trace-exporter");
  const endpoint = settings.string("endpoint").replace(/\/$/, "");
  switch (name) {
    case "otlp-http":
      return new HttpExporter(endpoint === "" ? {} : { url: `${endpoint}/v1/traces` });
    case "otlp":
    case "otlp-grpc":
      return new GrpcExporter(endpoint === "" ? {} : { url: endpoint });
    case "stdout":
      return new ConsoleSpanExporter();
    default:
      throw new DaemonError(
        "INVALID_VALUE",
        `unrecognized exporter type "${name}": use otlp-http, otlp-grpc or stdout`,
      );
  }
}
