import { InflateError } from "@spoor/inflate";
import { TENANT_DENIAL_TEXT } from "@spoor/tenancy";
import { ZipkinError, zipkinDecoder } from "@spoor/zipkin";
import type { FastifyReply, FastifyRequest } from "fastify";
import { addCors } from "./http/cors.ts";
import { HttpBodyError } from "./http/errors.ts";
import { inflateBody } from "./http/inflate-body.ts";
import { HttpServer, httpLimits, sendStatus, sendText } from "./http/server.ts";
import { tenantOfRequest } from "./http/tenant.ts";
import { splitUrl } from "./http/url.ts";
import { refusalCounter } from "./metrics.ts";
import type { ZipkinHttpOptions } from "./options.ts";
import type { Receiver } from "./receiver.ts";
import { spanBatch } from "./span-batch.ts";
import { retryAfterSeconds, writeFailure } from "./write-failure.ts";

/** v1 was seen to take 21 MiB. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Zipkin's port (9411): spans in any of its formats, by any method on any path, as v1 has it. */
export async function startZipkinHttp(options: ZipkinHttpOptions): Promise<Receiver> {
  const limits = httpLimits(options.limits, { maxBodyBytes: MAX_BODY_BYTES });
  const server = new HttpServer({ ...options, limits });
  addCors(server.app, options.cors);
  const spans = new SpanHandler(options, server, limits.maxBodyBytes);
  const handler = (request: FastifyRequest, reply: FastifyReply) => spans.handle(request, reply);
  server.app.all("*", handler);
  server.app.setNotFoundHandler(handler);
  return server.listen();
}

class SpanHandler {
  readonly #options: ZipkinHttpOptions;
  readonly #server: HttpServer;
  readonly #maxBytes: number;
  readonly #refused: (reason: string) => void;

  constructor(options: ZipkinHttpOptions, server: HttpServer, maxBytes: number) {
    this.#options = options;
    this.#server = server;
    this.#maxBytes = maxBytes;
    this.#refused = refusalCounter(options.registry, "zipkin-http");
  }

  async handle(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const tenant = tenantOfRequest(this.#options.tenancy, request.raw);
    if (!tenant.ok) return this.#refuse(reply, "tenant", 403, TENANT_DENIAL_TEXT[tenant.reason]);
    try {
      await this.#submit(request, tenant.tenant);
    } catch (error) {
      return this.#sendFailure(reply, error);
    }
    return sendStatus(reply, 202);
  }

  async #submit(request: FastifyRequest, tenant: string): Promise<void> {
    const body = await this.#server.bodies.read(request.raw);
    try {
      const inflated = inflateBody(body.bytes, request.headers["content-encoding"], this.#maxBytes);
      const bytes = inflated instanceof Promise ? await inflated : inflated;
      const { path } = splitUrl(request.raw.url ?? "/");
      const spans = zipkinDecoder(path, request.headers["content-type"])(bytes);
      if (spans.length === 0) return;
      await this.#options.writer.write(spanBatch(spans, "zipkin", "http", tenant, bytes.length));
    } finally {
      body.release();
    }
  }

  #sendFailure(reply: FastifyReply, error: unknown): FastifyReply {
    if (error instanceof ZipkinError) return this.#refuse(reply, "malformed", 400, error.message);
    if (error instanceof InflateError) {
      return error.code === "TOO_LARGE"
        ? this.#refuse(reply, "too_large", 413, "http: request body too large")
        : this.#refuse(reply, "malformed", 400, error.message);
    }
    if (error instanceof HttpBodyError) {
      if (error.code === "BUSY") reply.header("Retry-After", "1");
      else reply.header("Connection", "close");
      const status = { TOO_LARGE: 413, TOO_SLOW: 408, BUSY: 429, CUT: 400 }[error.code];
      return this.#refuse(reply, error.code.toLowerCase(), status, error.message);
    }
    const failure = writeFailure(error);
    if (failure.reason === "failed") {
      this.#options.logger.error({ err: error }, "spans could not be written");
      this.#refused(failure.reason);
      // v1's words, which have no line end.
      return reply.code(500).header("Content-Type", "text/plain; charset=utf-8").send("Internal Server Error");
    }
    if (failure.retryAfterMs !== undefined)
      reply.header("Retry-After", String(retryAfterSeconds(failure.retryAfterMs)));
    return this.#refuse(reply, failure.reason, failure.httpStatus, failure.message);
  }

  #refuse(reply: FastifyReply, reason: string, status: number, text: string): FastifyReply {
    this.#refused(reason);
    return sendText(reply, status, text);
  }
}
