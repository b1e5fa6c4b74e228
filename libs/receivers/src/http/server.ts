import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { TlsOptions } from "node:tls";
import { ByteBudget } from "@spoor/grpc-server";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import type { BaseLogger } from "pino";
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from "../limits.ts";
import type { ListenOptions, Receiver } from "../receiver.ts";
import { BodyReader } from "./body-reader.ts";
import { cleanPath, splitUrl } from "./url.ts";

export interface HttpServerOptions extends ListenOptions {
  readonly limits: HttpLimits;
  readonly tls?: TlsOptions | undefined;
  readonly logger: BaseLogger;
  readonly keepAlive?: boolean | undefined;
  readonly reusePort?: boolean | undefined;
}

/** Node looks for expired requests this often. */
const TIMEOUT_CHECK_MS = 500;
/** While closing, connections that became idle are closed this often. */
const IDLE_CHECK_MS = 50;
const MAX_HEADER_BYTES = 16 * 1024;

/** The limits given, the rest by default. */
export function httpLimits(limits: Partial<HttpLimits> | undefined, defaults: Partial<HttpLimits> = {}): HttpLimits {
  return { ...DEFAULT_HTTP_LIMITS, ...defaults, ...limits };
}

/**
 * A fastify instance for a receiver: bodies are not parsed (handlers read them with `bodies`), nothing is logged per
 * request, and the limits hold. Every method reaches the routes.
 */
export class HttpServer {
  readonly app: FastifyInstance;
  readonly bodies: BodyReader;
  readonly #options: HttpServerOptions;
  readonly #server: http.Server;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    const { limits } = options;
    this.bodies = new BodyReader({
      maxBodyBytes: limits.maxBodyBytes,
      minBodyBytesPerSecond: limits.minBodyBytesPerSecond,
      budget: new ByteBudget(limits.maxBufferedBytes),
    });
    this.#server = createServer(options);
    this.app = fastify({
      serverFactory: (handler) => this.#server.on("request", handler),
      logger: false,
      exposeHeadRoutes: false,
      return503OnClosing: false,
      routerOptions: { ignoreTrailingSlash: false, maxParamLength: 4096, querystringParser: () => ({}) },
      frameworkErrors: (_error, _request, reply) => sendText(reply, 400, "400 Bad Request"),
    });
    // Without this fastify would want to parse bodies of these methods.
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      this.app.addHttpMethod(method, { hasBody: false, overrideExisting: true } as { hasBody: boolean });
    }
    this.app.setErrorHandler((error, _request, reply) => {
      options.logger.error({ err: error }, "HTTP request failed");
      return sendText(reply, 500, "Internal Server Error");
    });
    this.app.addHook("onRequest", refuseMissingHost);
    this.app.addHook("onClose", async () => this.bodies.close());
    if (options.keepAlive === false) {
      this.app.addHook("onRequest", async (_request, reply) => {
        reply.header("Connection", "close");
      });
    }
  }

  /** Listens. Close lets requests in flight end, within `drainMs`. */
  async listen(): Promise<Receiver> {
    const { host, port, limits, reusePort } = this.#options;
    await this.app.ready();
    await listen(this.#server, { port, ...(host !== "" && { host }) }, reusePort ?? false);
    const bound = this.#server.address() as AddressInfo;
    const server = this.#server;
    return {
      address: { host: bound.address, port: bound.port },
      ...(server instanceof https.Server && { updateTls: (tls: TlsOptions) => server.setSecureContext(tls) }),
      close: async () => {
        const closed = once(server, "close");
        // A client that goes on sending is told to do so elsewhere, and a connection is closed once it rests.
        server.prependListener("request", (_request, response) => response.setHeader("Connection", "close"));
        server.close();
        server.closeIdleConnections();
        const resting = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
        const forced = setTimeout(() => server.closeAllConnections(), limits.drainMs);
        await closed;
        clearInterval(resting);
        clearTimeout(forced);
        await this.app.close();
      },
    };
  }
}

function createServer({ limits, tls }: HttpServerOptions): http.Server {
  const options: http.ServerOptions = {
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    // Node wants the head's time within the request's.
    headersTimeout: Math.min(limits.readHeaderTimeoutMs, limits.readTimeoutMs || Number.POSITIVE_INFINITY),
    requestTimeout: limits.readTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    maxHeaderSize: MAX_HEADER_BYTES,
    requireHostHeader: false,
  };
  const server = tls === undefined ? http.createServer(options) : https.createServer({ ...tls, ...options });
  server.maxConnections = limits.maxConnections;
  server.maxHeadersCount = 100;
  // Unread bodies are ours to deal with; a client that asks first is told to go on.
  server.on("clientError", onClientError);
  return server;
}

async function listen(
  server: http.Server,
  options: { readonly port: number; readonly host?: string },
  reusePort: boolean,
): Promise<void> {
  const attempt = (more: object): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ ...options, ...more }, () => {
        server.off("error", reject);
        resolve();
      });
    });
  if (!reusePort) return attempt({});
  try {
    await attempt({ reusePort: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTSUP" && code !== "EINVAL" && code !== "ENOPROTOOPT") throw error;
    await attempt({});
  }
}

/** HTTP/1.1 asks for a Host, and nobody speaks HTTP/0.9; answered in the form of Go's server. */
function refuseMissingHost(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const { httpVersion, headers, socket } = request.raw;
  if (httpVersion === "1.0" || (httpVersion === "1.1" && headers.host !== undefined)) {
    done();
    return;
  }
  reply.hijack();
  endSocket(socket, httpVersion === "1.1" ? "400 Bad Request: missing required Host header" : "400 Bad Request");
}

/** What node could not parse, answered as Go's server does. */
function onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "408 Request Timeout" : headerStatus(error);
  endSocket(socket, status);
}

function endSocket(socket: Socket, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`);
}

function headerStatus(error: NodeJS.ErrnoException): string {
  return error.code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : "400 Bad Request";
}

/** Go's `http.Error`. */
export function sendText(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply
    .code(status)
    .header("Content-Type", "text/plain; charset=utf-8")
    .header("X-Content-Type-Options", "nosniff")
    .send(`${text}\n`);
}

/** JSON as bytes: fastify would add a charset to the type of a string, which v1 does not have. */
export function sendJson(reply: FastifyReply, status: number, json: string): FastifyReply {
  return reply.code(status).header("Content-Type", "application/json").send(Buffer.from(json));
}

/** A status alone, without content type. */
export function sendStatus(reply: FastifyReply, status: number): FastifyReply {
  return reply.code(status).send();
}

/** Go's answer for a path without a route; an unclean path is redirected to its clean form first, as gorilla/mux does. */
export function sendNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { path, query } = splitUrl(request.raw.url ?? "/");
  const clean = cleanPath(path);
  if (clean !== path)
    return reply
      .code(301)
      .header("Location", clean + query)
      .send();
  return sendText(reply, 404, "404 page not found");
}
