import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-node";
import { GrpcClient } from "@spoor/grpc-client";

const EXPORT_PATH = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const TIMEOUT_MS = 10_000;
/** Codes of the SDK's `ExportResultCode`. */
const SUCCESS = 0;
const FAILED = 1;

/** Sends spans by OTLP over gRPC; `endpoint` is a URL, of which `https` means TLS with the system's authorities. */
export class OtlpGrpcExporter implements SpanExporter {
  readonly #client: GrpcClient;
  readonly #metadata: Readonly<Record<string, string>>;

  constructor(endpoint: string, metadata: Readonly<Record<string, string>> = {}) {
    const url = new URL(/^[a-z]+:\/\//.test(endpoint) ? endpoint : `http://${endpoint}`);
    this.#metadata = metadata;
    this.#client = new GrpcClient({
      targets: [url.port === "" ? `${url.hostname}:4317` : url.host],
      ...(url.protocol === "https:" ? { tls: SYSTEM_TLS } : {}),
    });
  }

  export(spans: ReadableSpan[], done: Parameters<SpanExporter["export"]>[1]): void {
    const request = ProtobufTraceSerializer.serializeRequest(spans);
    if (request === undefined) {
      done({ code: SUCCESS });
      return;
    }
    this.#client.call(EXPORT_PATH, request, { timeoutMs: TIMEOUT_MS, metadata: this.#metadata }).then(
      () => done({ code: SUCCESS }),
      (error: Error) => done({ code: FAILED, error }),
    );
  }

  async shutdown(): Promise<void> {
    this.#client.close();
  }
}

const SYSTEM_TLS = { ca: undefined, cert: undefined, key: undefined, serverName: undefined, skipHostVerify: false };
