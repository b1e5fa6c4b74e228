import { GRPC_STATUS } from "@spoor/grpc-server";
import { InflateError } from "@spoor/inflate";
import {
  decodeOtlpJson,
  decodeOtlpProtobuf,
  EXPORT_RESPONSE_JSON,
  EXPORT_RESPONSE_PROTOBUF,
  OtlpError,
} from "@spoor/otlp";
import { TENANT_DENIAL_TEXT } from "@spoor/tenancy";
import type { FastifyReply, FastifyRequest } from "fastify";
import { addCors } from "./http/cors.ts";
import { HttpBodyError } from "./http/errors.ts";
import { inflateBody } from "./http/inflate-body.ts";
import { parseMediaType } from "./http/media-type.ts";
import { HttpServer, httpLimits, sendJson, sendNotFound } from "./http/server.ts";
import { tenantOfRequest } from "./http/tenant.ts";
import { refusalCounter } from "./metrics.ts";
import type { OtlpHttpOptions } from "./options.ts";
import type { Receiver } from "./receiver.ts";
import { encodeRpcStatus, rpcStatusJson } from "./rpc-status.ts";
import { spanBatch } from "./span-batch.ts";
import { retryAfterSeconds, writeFailure } from "./write-failure.ts";

const JSON_TYPE = "application/json";
const PROTOBUF_TYPE = "application/x-protobuf";
/** Bytes, as fastify would add a charset to the type of a string. */
const JSON_REPLY = Buffer.from(EXPORT_RESPONSE_JSON);
const PROTOBUF_REPLY = Buffer.from(EXPORT_RESPONSE_PROTOBUF);

/** OTLP over HTTP (port 4318): `POST /v1/traces` in protobuf or JSON. */
export async function startOtlpHttp(options: OtlpHttpOptions): Promise<Receiver> {
  const limits = httpLimits(options.limits);
  const server = new HttpServer({ ...options, limits });
  addCors(server.app, options.cors);
  const exporter = new Exporter(options, server, limits.maxBodyBytes);
  server.app.all("/v1/traces", (request, reply) => exporter.handle(request, reply));
  server.app.setNotFoundHandler(sendNotFound);
  return server.listen();
}

class Exporter {
  readonly #options: OtlpHttpOptions;
  readonly #server: HttpServer;
  readonly #maxBytes: number;
  readonly #refused: (reason: string) => void;

  constructor(options: OtlpHttpOptions, server: HttpServer, maxBytes: number) {
    this.#options = options;
    this.#server = server;
    this.#maxBytes = maxBytes;
    this.#refused = refusalCounter(options.registry, "otlp-http");
  }

  async handle(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (request.method !== "POST") {
      this.#refused("method");
      return sendPlain(reply, 405, "405 method not allowed, supported: [POST]");
    }
    const type = mediaType(request.headers["content-type"]);
    if (type !== JSON_TYPE && type !== PROTOBUF_TYPE) {
      this.#refused("content_type");
      return sendPlain(reply, 415, `415 unsupported media type, supported: [${JSON_TYPE}, ${PROTOBUF_TYPE}]`);
    }
    const tenant = tenantOfRequest(this.#options.tenancy, request.raw);
    if (!tenant.ok) {
      this.#refused("tenant");
      return sendStatus(reply, type, 403, GRPC_STATUS.PERMISSION_DENIED, TENANT_DENIAL_TEXT[tenant.reason]);
    }
    try {
      await this.#export(request, type, tenant.tenant);
    } catch (error) {
      return this.#sendFailure(reply, type, error);
    }
    return reply
      .code(200)
      .header("Content-Type", type)
      .send(type === JSON_TYPE ? JSON_REPLY : PROTOBUF_REPLY);
  }

  async #export(request: FastifyRequest, type: string, tenant: string): Promise<void> {
    const body = await this.#server.bodies.read(request.raw);
    try {
      const inflated = inflateBody(body.bytes, request.headers["content-encoding"], this.#maxBytes);
      const bytes = inflated instanceof Promise ? await inflated : inflated;
      const spans = type === JSON_TYPE ? decodeOtlpJson(bytes) : decodeOtlpProtobuf(bytes);
      if (spans.length === 0) return;
      await this.#options.writer.write(spanBatch(spans, "otlp", "http", tenant, bytes.length));
    } finally {
      body.release();
    }
  }

  #sendFailure(reply: FastifyReply, type: string, error: unknown): FastifyReply {
    if (error instanceof OtlpError) {
      this.#refused("malformed");
      return sendStatus(reply, type, 400, GRPC_STATUS.INVALID_ARGUMENT, error.message);
    }
    if (error instanceof InflateError) {
      this.#refused(error.code === "TOO_LARGE" ? "too_large" : "malformed");
      const message = error.code === "TOO_LARGE" ? "http: request body too large" : error.message;
      return sendStatus(reply, type, 400, GRPC_STATUS.INVALID_ARGUMENT, message);
    }
    if (error instanceof HttpBodyError) {
      this.#refused(error.code.toLowerCase());
      if (error.code === "BUSY")
        return sendRetry(reply, type, 429, GRPC_STATUS.RESOURCE_EXHAUSTED, error.message, 1_000);
      reply.header("Connection", "close");
      const status = error.code === "TOO_SLOW" ? 408 : 400;
      return sendStatus(reply, type, status, GRPC_STATUS.INVALID_ARGUMENT, error.message);
    }
    const failure = writeFailure(error);
    this.#refused(failure.reason);
    if (failure.reason === "failed") this.#options.logger.error({ err: error }, "spans could not be written");
    return sendRetry(reply, type, failure.httpStatus, failure.grpcCode, failure.message, failure.retryAfterMs);
  }
}

function mediaType(header: string | undefined): string | undefined {
  if (header === JSON_TYPE || header === PROTOBUF_TYPE) return header;
  try {
    return parseMediaType(header ?? "");
  } catch {
    return undefined;
  }
}

function sendPlain(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).header("Content-Type", "text/plain").send(text);
}

function sendStatus(reply: FastifyReply, type: string, status: number, code: number, message: string): FastifyReply {
  return sendRetry(reply, type, status, code, message, undefined);
}

/** A `google.rpc.Status` in the request's encoding, with the time to wait in its details and in `Retry-After`. */
function sendRetry(
  reply: FastifyReply,
  type: string,
  status: number,
  code: number,
  message: string,
  retryAfterMs: number | undefined,
): FastifyReply {
  if (retryAfterMs !== undefined) reply.header("Retry-After", String(retryAfterSeconds(retryAfterMs)));
  if (type === JSON_TYPE) return sendJson(reply, status, rpcStatusJson(code, message, retryAfterMs));
  return reply
    .code(status)
    .header("Content-Type", type)
    .send(Buffer.from(encodeRpcStatus(code, message, retryAfterMs)));
}
