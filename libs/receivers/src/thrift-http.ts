import { decodeJaegerBatch, ThriftError } from "@spoor/thrift-codec";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Histogram, type Registry } from "prom-client";
import { HttpBodyError } from "./http/errors.ts";
import { MediaTypeError, parseMediaType } from "./http/media-type.ts";
import { HttpServer, httpLimits, sendNotFound, sendStatus, sendText } from "./http/server.ts";
import { tenantOfRequest } from "./http/tenant.ts";
import { refusalCounter } from "./metrics.ts";
import type { ThriftHttpOptions } from "./options.ts";
import type { Receiver } from "./receiver.ts";
import { samplingHandlers } from "./sampling-handler.ts";
import { spanBatch } from "./span-batch.ts";
import { retryAfterSeconds, writeFailure } from "./write-failure.ts";

/** v1 has no bound here; clients send up to a few megabytes. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;
const TYPES = new Set(["application/x-thrift", "application/vnd.apache.thrift.binary"]);

/** A collector's HTTP port (14268): Jaeger Thrift on `/api/traces`, strategies on `/api/sampling`. */
export async function startThriftHttp(options: ThriftHttpOptions): Promise<Receiver> {
  const server = new HttpServer({ ...options, limits: httpLimits(options.limits, { maxBodyBytes: MAX_BODY_BYTES }) });
  const spans = new SpanHandler(options, server);
  server.app.all("/api/traces", (request, reply) => spans.handle(request, reply));
  server.app.all("/api/sampling", samplingHandlers(options.strategies, options.registry, "collector").json);
  server.app.setNotFoundHandler(sendNotFound);
  addDurations(server, options.registry);
  return server.listen();
}

class SpanHandler {
  readonly #options: ThriftHttpOptions;
  readonly #server: HttpServer;
  readonly #refused: (reason: string) => void;

  constructor(options: ThriftHttpOptions, server: HttpServer) {
    this.#options = options;
    this.#server = server;
    this.#refused = refusalCounter(options.registry, "thrift-http");
  }

  async handle(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (request.method !== "POST") return sendStatus(reply, 405);
    const wrongType = contentTypeError(request.headers["content-type"]);
    if (wrongType !== undefined) return this.#refuse(reply, "content_type", 400, wrongType);
    try {
      await this.#submit(request);
    } catch (error) {
      return this.#sendFailure(reply, error);
    }
    return sendStatus(reply, 202);
  }

  async #submit(request: FastifyRequest): Promise<void> {
    const body = await this.#server.bodies.read(request.raw);
    try {
      const { spans } = decodeJaegerBatch(body.bytes);
      if (spans.length === 0) return;
      const tenant = this.#tenantOf(request);
      await this.#options.writer.write(spanBatch(spans, "jaeger", "http", tenant, body.bytes.length));
    } finally {
      body.release();
    }
  }

  /** v1 knows no tenants on this port: whoever names none that is known is let in without one. */
  #tenantOf(request: FastifyRequest): string {
    const { tenancy } = this.#options;
    if (tenancy === undefined) return "";
    const found = tenantOfRequest(tenancy, request.raw);
    return found.ok ? found.tenant : "";
  }

  #sendFailure(reply: FastifyReply, error: unknown): FastifyReply {
    if (error instanceof ThriftError) {
      return this.#refuse(reply, "malformed", 400, `Unable to process request body: ${error.message}`);
    }
    if (error instanceof HttpBodyError) {
      if (error.code === "BUSY") reply.header("Retry-After", "1");
      else reply.header("Connection", "close");
      const status = { TOO_LARGE: 413, TOO_SLOW: 408, BUSY: 429, CUT: 500 }[error.code];
      return this.#refuse(reply, error.code.toLowerCase(), status, `Unable to process request body: ${error.message}`);
    }
    const failure = writeFailure(error);
    if (failure.reason === "failed") this.#options.logger.error({ err: error }, "spans could not be written");
    if (failure.retryAfterMs !== undefined)
      reply.header("Retry-After", String(retryAfterSeconds(failure.retryAfterMs)));
    const text = `Cannot submit Jaeger batch: ${failure.message}`;
    return this.#refuse(reply, failure.reason, failure.httpStatus, text);
  }

  #refuse(reply: FastifyReply, reason: string, status: number, text: string): FastifyReply {
    this.#refused(reason);
    return sendText(reply, status, text);
  }
}

function contentTypeError(header: string | undefined): string | undefined {
  if (header === "application/x-thrift") return undefined;
  try {
    const type = parseMediaType(header ?? "");
    return TYPES.has(type) ? undefined : `Unsupported content type: ${type}`;
  } catch (error) {
    if (!(error instanceof MediaTypeError)) throw error;
    return `Cannot parse content type: ${error.message}`;
  }
}

const PATHS = new Set(["/api/traces", "/api/sampling"]);
const METHODS = new Set(["GET", "POST"]);
const OTHER = { method: "other", path: "other", status: "other" };

/** v1's `http_request_duration`. What has no route is `other`, so that nobody can make series at will. */
function addDurations(server: HttpServer, registry: Registry): void {
  const name = "jaeger_collector_http_request_duration";
  const histogram =
    (registry.getSingleMetric(name) as Histogram<"method" | "path" | "status"> | undefined) ??
    new Histogram({
      name,
      help: "Seconds taken by requests to the collector's HTTP port",
      labelNames: ["method", "path", "status"],
      registers: [registry],
    });
  histogram.zero(OTHER);
  server.app.addHook("onResponse", (request, reply, done) => {
    const path = request.routeOptions.url ?? "";
    const known = PATHS.has(path) && METHODS.has(request.method);
    const labels = known ? { method: request.method, path, status: String(reply.statusCode) } : OTHER;
    histogram.observe(labels, reply.elapsedTime / 1000);
    done();
  });
}
