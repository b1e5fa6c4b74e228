import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, TraceFlags, trace } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-node";
import { buildInfo, type Environment, type HostPort } from "@spoor/daemon";
import { DeferredProcessor } from "./deferred-processor.ts";
import type { ExportTarget } from "./export-target.ts";
import type { SelfTracing } from "./self-tracing.ts";

const EXPORT_DELAY_MS = 1000;
/** Of `node:http`. */
const REQUEST_START = "http.server.request.start";

interface RequestStart {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
}

export class OpenTelemetryTracing implements SelfTracing {
  readonly #processor = new DeferredProcessor();
  readonly #provider: BasicTracerProvider;
  readonly #current = new AsyncLocalStorage<Context>();
  #stopListening: () => void = () => undefined;

  constructor(serviceName: string, environment: Environment) {
    this.#provider = new BasicTracerProvider({
      resource: resourceFromAttributes({
        "service.name": environment.OTEL_SERVICE_NAME || serviceName,
        "service.version": buildInfo().gitVersion,
      }),
      spanProcessors: [this.#processor],
    });
  }

  get #tracer() {
    return this.#provider.getTracer("spoor");
  }

  trace(name: string) {
    const root = this.#tracer.startSpan(name, {}, ROOT_CONTEXT);
    const within = trace.setSpan(ROOT_CONTEXT, root);
    return {
      step: <T>(step: string, run: () => Promise<T>) => this.#spanAround(step, {}, within, run),
      end: () => root.end(),
    };
  }

  child<T>(name: string, attributes: Readonly<Record<string, string | number>>, run: () => Promise<T>): Promise<T> {
    return this.#spanAround(name, attributes, this.#current.getStore() ?? ROOT_CONTEXT, run);
  }

  async exportTo(target: ExportTarget, query: { readonly http: HostPort; readonly basePath: string }): Promise<void> {
    const exporter = await exporterTo(target);
    this.#processor.forwardTo(new BatchSpanProcessor(exporter, { scheduledDelayMillis: EXPORT_DELAY_MS }));
    const prefix = query.basePath === "/" ? "/api/" : `${query.basePath}/api/`;
    const onStart = (message: unknown) => {
      const { request, response, socket } = message as RequestStart;
      if (socket.localPort !== query.http.port || request.url?.startsWith(prefix) !== true) return;
      this.#traceRequest(request, response, request.url.slice(prefix.length - "/api/".length));
    };
    subscribe(REQUEST_START, onStart);
    this.#stopListening = () => unsubscribe(REQUEST_START, onStart);
  }

  async close(): Promise<void> {
    this.#stopListening();
    // Traces of oneself are not worth an error at the end.
    await this.#provider.shutdown().catch(() => undefined);
  }

  #traceRequest(request: IncomingMessage, response: ServerResponse, path: string): void {
    const [plain = path] = path.split("?");
    const span = this.#tracer.startSpan(
      `${request.method} ${routeOf(plain)}`,
      { kind: SpanKind.SERVER, attributes: { "http.request.method": request.method ?? "", "url.path": plain } },
      callerOf(request),
    );
    // Also where the client goes away before the answer.
    response.once("close", () => endRequest(span, response));
    // The request's handlers run right after this, in the same tick, and inherit what is entered here.
    this.#current.enterWith(trace.setSpan(ROOT_CONTEXT, span));
  }

  async #spanAround<T>(
    name: string,
    attributes: Readonly<Record<string, string | number>>,
    within: Context,
    run: () => Promise<T>,
  ): Promise<T> {
    const span = this.#tracer.startSpan(name, { attributes }, within);
    try {
      return await run();
    } catch (error) {
      span.recordException(error as Error);
      span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message });
      throw error;
    } finally {
      span.end();
    }
  }
}

/** Each is loaded when it is asked for. */
async function exporterTo({ protocol, endpoint, headers }: ExportTarget): Promise<SpanExporter> {
  if (protocol === "grpc") {
    const { OtlpGrpcExporter } = await import("./grpc-exporter.ts");
    return new OtlpGrpcExporter(endpoint, headers);
  }
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-proto");
  return new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, "")}/v1/traces`, headers: { ...headers } });
}

function endRequest(span: Span, response: ServerResponse): void {
  const { headersSent, statusCode, writableFinished } = response;
  if (headersSent) span.setAttribute("http.response.status_code", statusCode);
  if (!writableFinished) span.setStatus({ code: SpanStatusCode.ERROR, message: "the client went away" });
  else if (statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The trace that a request belongs to, by its W3C header. */
function callerOf({ headers }: IncomingMessage): Context {
  const [, traceId = "", spanId = "", flags = "0"] = TRACEPARENT.exec(String(headers.traceparent ?? "")) ?? [];
  if (/^0*$/.test(traceId) || /^0*$/.test(spanId)) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** The path with its variable parts named, so that operations stay few. */
function routeOf(path: string): string {
  return path
    .replace(/^(\/api\/traces|\/api\/archive|\/api\/v3\/traces)\/[^/]+$/, "$1/{traceID}")
    .replace(/^\/api\/services\/[^/]+\/operations$/, "/api/services/{service}/operations")
    .replace(/^\/api\/metrics\/[^/]+$/, "/api/metrics/{metric}");
}
