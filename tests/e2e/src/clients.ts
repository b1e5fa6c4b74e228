import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { JaegerExporter } from "@opentelemetry/exporter-jaeger";
import { OTLPTraceExporter as OtlpGrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as OtlpJsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as OtlpProtoExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { ZipkinExporter } from "@opentelemetry/exporter-zipkin";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-node";
import type { Daemon } from "@spoor/test-harness";
import jaeger from "jaeger-client";

/** A real tracing client, pointed at a daemon; it sends one trace of two spans: `parent` (server) and `child` (client, an error). */
export interface Client {
  readonly name: string;
  sendTrace(daemon: Daemon, serviceName: string): Promise<void>;
}

async function sendByOpenTelemetry(exporter: SpanExporter, serviceName: string): Promise<void> {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": serviceName, "host.name": "test-host" }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer("e2e", "1.2.3");
  const parent = tracer.startSpan("parent", {
    kind: SpanKind.SERVER,
    attributes: { "http.method": "GET", answer: 42 },
  });
  const child = tracer.startSpan("child", { kind: SpanKind.CLIENT }, trace.setSpan(context.active(), parent));
  child.addEvent("retry", { attempt: 2 });
  child.setStatus({ code: SpanStatusCode.ERROR, message: "no luck" });
  child.end();
  parent.end();
  await provider.forceFlush();
  await provider.shutdown();
}

/** jaeger-client for Node: Thrift binary over UDP 6832, or Thrift over HTTP. */
function sendByJaegerClient(serviceName: string, config: object): Promise<void> {
  const tracer = jaeger.initTracer({ serviceName, ...config }, { logger: { info() {}, error() {} } });
  return new Promise((resolve, reject) => {
    const send = () => {
      const parent = tracer.startSpan("parent", { tags: { "span.kind": "server", "http.method": "GET", answer: 42 } });
      const child = tracer.startSpan("child", { childOf: parent, tags: { "span.kind": "client", error: true } });
      child.log({ event: "retry", attempt: 2 });
      child.finish();
      parent.finish();
      tracer.close(() => resolve());
    };
    // A remote sampler starts with its default of 0.1 % until the first strategy has arrived.
    if ("sampler" in config && (config.sampler as { type: string }).type === "remote") setTimeout(send, 1500);
    else send();
    setTimeout(() => reject(new Error("the client did not flush")), 10_000).unref();
  });
}

const CONST_SAMPLER = { type: "const", param: 1 };

export const CLIENTS: readonly Client[] = [
  {
    name: "OpenTelemetry exporter-trace-otlp-grpc",
    sendTrace: (daemon, service) =>
      sendByOpenTelemetry(new OtlpGrpcExporter({ url: daemon.url("otlpGrpc", "") }), service),
  },
  {
    name: "OpenTelemetry exporter-trace-otlp-http (JSON)",
    sendTrace: (daemon, service) =>
      sendByOpenTelemetry(new OtlpJsonExporter({ url: daemon.url("otlpHttp", "/v1/traces") }), service),
  },
  {
    name: "OpenTelemetry exporter-trace-otlp-proto",
    sendTrace: (daemon, service) =>
      sendByOpenTelemetry(new OtlpProtoExporter({ url: daemon.url("otlpHttp", "/v1/traces") }), service),
  },
  {
    name: "OpenTelemetry exporter-zipkin",
    sendTrace: (daemon, service) =>
      sendByOpenTelemetry(new ZipkinExporter({ url: daemon.url("zipkin", "/api/v2/spans") }), service),
  },
  {
    name: "OpenTelemetry exporter-jaeger over UDP",
    sendTrace: (daemon, service) =>
      sendByOpenTelemetry(
        new JaegerExporter({ host: "127.0.0.1", port: daemon.ports.agentBinary }) as SpanExporter,
        service,
      ),
  },
  {
    name: "OpenTelemetry exporter-jaeger over HTTP",
    sendTrace: (daemon, service) =>
      sendByOpenTelemetry(
        new JaegerExporter({ endpoint: daemon.url("collectorHttp", "/api/traces") }) as SpanExporter,
        service,
      ),
  },
  {
    name: "jaeger-client over UDP",
    sendTrace: (daemon, service) =>
      sendByJaegerClient(service, {
        sampler: CONST_SAMPLER,
        reporter: { agentHost: "127.0.0.1", agentPort: daemon.ports.agentBinary },
      }),
  },
  {
    name: "jaeger-client over HTTP",
    sendTrace: (daemon, service) =>
      sendByJaegerClient(service, {
        sampler: CONST_SAMPLER,
        reporter: { collectorEndpoint: daemon.url("collectorHttp", "/api/traces") },
      }),
  },
  {
    name: "jaeger-client with remote sampling",
    sendTrace: (daemon, service) =>
      sendByJaegerClient(service, {
        sampler: { type: "remote", param: 0, host: "127.0.0.1", port: daemon.ports.agentHttp, refreshIntervalMs: 500 },
        reporter: { agentHost: "127.0.0.1", agentPort: daemon.ports.agentBinary },
      }),
  },
];
