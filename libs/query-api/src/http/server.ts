import * as http from "node:http";
import * as https from "node:https";
import type { TlsOptions } from "node:tls";
import compress from "@fastify/compress";
import fastifyStatic from "@fastify/static";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { bearerTokenOf } from "../bearer-token.ts";
import { QueryApiError } from "../errors.ts";
import { cleanPath } from "../go/clean-path.ts";
import { hasBrokenEscape, parseQuery } from "../go/query-values.ts";
import { DEFAULT_SEARCH_LIMITS, type ListenAddress, type QueryHttpOptions, type QueryServer } from "../options.ts";
import { PageSource } from "../ui/page-source.ts";
import { answerConnect, refuseConnection, refuseRequest } from "./connection-errors.ts";
import { failureOf } from "./failure.ts";
import { metricsRoutes } from "./metrics-routes.ts";
import { errorReply, type HttpReply, textReply, v3ErrorReply } from "./reply.ts";
import { type Route, type RouteMatch, Router } from "./router.ts";
import { sendReply } from "./send.ts";
import { tenantOf } from "./tenant.ts";
import { traceResponse } from "./trace-response.ts";
import { v1Routes } from "./v1-routes.ts";
import { v3Routes } from "./v3-routes.ts";

const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024;
/** As Go's net/http. */
const MAX_HEADER_BYTES = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 120_000;
/** Of a connection on which nothing moves, such as one whose client does not read its reply. */
const STALLED_CONNECTION_MS = 600_000;
const DEFAULT_DRAIN_MS = 5_000;
const FILE_NOT_FOUND: HttpReply = {
  status: 404,
  headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
  body: "404 page not found\n",
};
const UNKNOWN_VERSION = { gitCommit: "", gitVersion: "", buildDate: "" };

/** The query daemon's HTTP face: JSON APIs v1 and v3 and the page. */
export function createQueryHttp(options: QueryHttpOptions): QueryServer {
  return new QueryHttpServer(options);
}

class QueryHttpServer implements QueryServer {
  readonly #options: QueryHttpOptions;
  readonly #router: Router;
  readonly #pages: PageSource;
  readonly #app: FastifyInstance;

  constructor(options: QueryHttpOptions) {
    this.#options = options;
    const basePath = checkedBasePath(options.basePath ?? "/");
    const limits = options.search ?? DEFAULT_SEARCH_LIMITS;
    this.#router = new Router(
      [...v1Routes(options.service, limits), ...metricsRoutes(options.metrics), ...v3Routes(options.service, limits)],
      basePath,
    );
    this.#pages = new PageSource({
      ...(options.staticDir === undefined ? {} : { staticDir: options.staticDir }),
      ...(options.uiConfigFile === undefined ? {} : { uiConfigFile: options.uiConfigFile }),
      facts: {
        basePath,
        version: options.version ?? UNKNOWN_VERSION,
        archiveStorage: options.service.archiveEnabled,
      },
      logger: options.logger,
    });
    this.#app = this.#createApp();
  }

  async start(): Promise<ListenAddress> {
    await this.#pages.start();
    const { host, port } = this.#options.listen;
    try {
      await this.#listen(host, port);
    } catch (error) {
      this.#pages.stop();
      throw error;
    }
    const address = this.#app.server.address();
    return typeof address === "object" && address !== null
      ? { host: address.address, port: address.port }
      : { host, port };
  }

  async #listen(host: string, port: number): Promise<void> {
    try {
      await this.#app.listen({ host: host === "" ? "::" : host, port });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A machine without IPv6.
      if (host !== "" || (code !== "EAFNOSUPPORT" && code !== "EADDRNOTAVAIL")) throw error;
      await this.#app.listen({ host: "0.0.0.0", port });
    }
  }

  updateTls(tls: TlsOptions): void {
    const { server } = this.#app;
    if (server instanceof https.Server) server.setSecureContext(tls);
  }

  async close(): Promise<void> {
    this.#pages.stop();
    const timer = setTimeout(() => this.#app.server.closeAllConnections(), this.#options.drainMs ?? DEFAULT_DRAIN_MS);
    try {
      await this.#app.close();
    } finally {
      clearTimeout(timer);
    }
  }

  #createApp(): FastifyInstance {
    const server = {
      maxHeaderSize: MAX_HEADER_BYTES,
      // Checked in #answer, which knows v1's text.
      requireHostHeader: false,
    };
    const common = {
      bodyLimit: this.#options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionTimeout: STALLED_CONNECTION_MS,
      forceCloseConnections: "idle" as const,
      // v1 matches the path as it is escaped, so the routing is ours: fastify gets one path for all.
      rewriteUrl: () => "/",
      clientErrorHandler: refuseConnection,
      exposeHeadRoutes: false,
    };
    const { tls } = this.#options;
    const app: FastifyInstance = tls
      ? (Fastify({ ...common, https: { ...server, ...tls } }) as unknown as FastifyInstance)
      : Fastify({ ...common, http: server });
    for (const method of http.METHODS)
      if (method !== "CONNECT" && !app.supportedMethods.includes(method)) app.addHttpMethod(method);
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    app.register(compress, { global: true, encodings: ["gzip"], threshold: Number.MAX_SAFE_INTEGER });
    const { staticDir } = this.#options;
    if (staticDir !== undefined) app.register(fastifyStatic, { root: staticDir, serve: false, cacheControl: false });
    app.after(() => {
      app.route({
        method: [...app.supportedMethods],
        url: "/",
        handler: (request, reply) => this.#answer(request, reply),
      });
    });
    // All paths have one route, so this is only reached for a file that is not there.
    app.setNotFoundHandler((_request, reply) => sendReply(reply.removeHeader("cache-control"), FILE_NOT_FOUND));
    app.setErrorHandler((error, request, reply) => this.#answerError(error, request, reply));
    answerConnect(app.server);
    return app;
  }

  async #answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    for (const [name, value] of this.#options.additionalHeaders ?? []) reply.header(name, value);
    const { path, queryText } = splitUrl(request.originalUrl);
    if (hasBrokenEscape(path)) return refuse(reply, "400 Bad Request");
    if (request.raw.httpVersion === "1.1" && request.headers.host === undefined)
      return refuse(reply, "400 Bad Request: missing required Host header");

    const match = this.#router.match(request.method, path);
    if (match.kind !== "static") reply.header("traceresponse", traceResponse(request.headers.traceparent));
    const tenant = tenantOf(this.#options.tenancy, request.raw);
    if (!tenant.ok) return sendReply(reply, textReply(401, tenant.message));
    const cleaned = cleanPath(path);
    if (cleaned !== path)
      return empty(reply, 301, { Location: queryText === "" ? cleaned : `${cleaned}?${queryText}` });
    if (match.kind === "method-not-allowed") return empty(reply, 405, {});
    if (match.kind === "static") return this.#sendFile(reply, match.file);
    if (match.kind === "page") return this.#sendPage(request, reply, path);
    return this.#sendApi(request, reply, match, queryText, tenant.tenant);
  }

  async #sendApi(
    request: FastifyRequest,
    reply: FastifyReply,
    match: RouteMatch & { readonly kind: "route" },
    queryText: string,
    tenant: string,
  ): Promise<FastifyReply> {
    const acceptsJson = namesJson(request.headers.accept);
    const gone = new AbortController();
    reply.raw.once("close", () => {
      if (!reply.raw.writableFinished) gone.abort();
    });
    try {
      const answer = await match.route.handle({
        query: parseQuery(queryText),
        variables: match.variables,
        body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        tenant,
        bearerToken: this.#options.bearerTokenPropagation === true ? bearerTokenOf(request.headers) : undefined,
        signal: gone.signal,
        acceptsJson,
      });
      return await sendReply(reply, answer);
    } catch (error) {
      if (gone.signal.aborted) return reply;
      return sendReply(reply, this.#failureReply(error, match.route, acceptsJson));
    }
  }

  #failureReply(error: unknown, route: Route, acceptsJson: boolean): HttpReply {
    const failure = failureOf(error);
    if (failure.status >= 500) this.#options.logger.error({ err: error, route: route.path }, "request failed");
    const headers: Readonly<Record<string, string>> =
      failure.retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(failure.retryAfterMs / 1000)) };
    const make = route.api === "v3" ? v3ErrorReply : errorReply;
    return make(failure.status, failure.message, acceptsJson, headers);
  }

  #sendPage(request: FastifyRequest, reply: FastifyReply, path: string): Promise<FastifyReply> {
    // v1 gives the page for an unknown API path as well; a client that asks for JSON by name gets the truth.
    const apiPrefix = `${this.#options.basePath === "/" ? "" : (this.#options.basePath ?? "")}/api/`;
    if (path.startsWith(apiPrefix) && namesJson(request.headers.accept))
      return sendReply(reply, errorReply(404, "no such API path", true));
    const { html, contentSecurityPolicy } = this.#pages.page;
    return sendReply(reply, {
      status: 200,
      headers: {
        "content-type": "text/html; charset=utf-8",
        ...(contentSecurityPolicy === undefined ? {} : { "content-security-policy": contentSecurityPolicy }),
      },
      body: html,
    });
  }

  async #sendFile(reply: FastifyReply, file: string): Promise<FastifyReply> {
    if (this.#options.logStaticAssetsAccess === true) this.#options.logger.info({ file }, "static asset");
    const path = unescapePath(file);
    if (this.#options.staticDir === undefined || path === undefined || path.endsWith("/")) {
      reply.callNotFound();
      return reply;
    }
    // A name with a hash of the content never changes its content.
    if (/-[\w-]{8,}\.[a-z0-9]+$/.test(path)) reply.header("cache-control", "public, max-age=31536000, immutable");
    else reply.header("cache-control", "no-cache");
    return reply.sendFile(path);
  }

  /** What fastify itself refuses (a body that is too large or breaks off) and what nobody expected. */
  #answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const status = (error as { readonly statusCode?: unknown }).statusCode;
    const expected = typeof status === "number" && status >= 400 && status < 500;
    if (!expected) this.#options.logger.error({ err: error, url: request.originalUrl }, "request failed");
    const message = expected && error instanceof Error ? error.message : "internal error";
    return sendReply(reply, errorReply(expected ? status : 500, message, namesJson(request.headers.accept)));
  }
}

function checkedBasePath(basePath: string): string {
  if (basePath === "/" || basePath === "") return "/";
  if (!basePath.startsWith("/") || basePath.endsWith("/"))
    throw new QueryApiError(
      "INVALID_OPTION",
      `invalid base path '${basePath}'. Must start but not end with a slash '/', e.g. '/jaeger/ui'`,
    );
  return basePath;
}

/** A request target's path and query, both still escaped; `http://host/path` is read as `/path`. */
function splitUrl(url: string): { readonly path: string; readonly queryText: string } {
  const target = url.startsWith("/") ? url : url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, "");
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  return { path: path === "" ? "/" : path, queryText: mark < 0 ? "" : target.slice(mark + 1) };
}

function namesJson(accept: string | undefined): boolean {
  return accept !== undefined && /(^|[\s,])application\/json\b/i.test(accept);
}

/** `undefined` when the escaped bytes are no UTF-8: no file of ours has such a name. */
function unescapePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** A reply without a body, with header names in the form Go writes. */
function empty(reply: FastifyReply, status: number, headers: Readonly<Record<string, string>>): FastifyReply {
  const known = reply.getHeaders();
  reply.hijack();
  reply.raw.writeHead(status, { ...(known as http.OutgoingHttpHeaders), ...headers, "Content-Length": "0" });
  reply.raw.end();
  return reply;
}

function refuse(reply: FastifyReply, status: string): FastifyReply {
  reply.hijack();
  refuseRequest(reply.raw, status);
  return reply;
}
