import type { Server } from "node:http";
import {
  createServer as createHttpsServer,
  type ServerOptions as HttpsOptions,
  type Server as HttpsServer,
} from "node:https";
import fastify, { type FastifyServerOptions } from "fastify";
import type { BuildInfo } from "./build-info.ts";
import type { Health } from "./health.ts";
import { type HostPort, listenError } from "./host-port.ts";
import { addLogLevelRoute, type LogLevel } from "./log-level.ts";
import { addPprofRoutes, type PprofOptions } from "./profiling/pprof-routes.ts";
import type { Readiness } from "./readiness.ts";

/** What Prometheus asks for, in v1's exact words. */
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";
const METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
const BODY_LIMIT_BYTES = 64 * 1024;
const MAX_READ_BYTES = 4096;

export interface AdminServerOptions {
  readonly listen: HostPort;
  readonly health: Health;
  readonly readiness: Readiness;
  readonly build: BuildInfo;
  /** Absent when metrics are off. */
  readonly metrics?: { readonly page: () => Promise<string>; readonly route: string };
  /** Shown at `/debug/vars`; secrets already hidden. */
  readonly variables: () => Readonly<Record<string, unknown>>;
  readonly logLevel: LogLevel;
  readonly pprof: PprofOptions;
  readonly tls?: HttpsOptions;
}

export interface AdminServer {
  readonly address: HostPort;
  /** Uses other certificates for new connections. */
  updateTls(tls: HttpsOptions): void;
  close(): Promise<void>;
}

/**
 * The admin port: `/metrics`, `/version`, `/debug/vars`, profiles, and health at every other path with any method, as v1
 * (jaegertracing/jaeger `cmd/internal/flags/admin.go`); but for `/ready` and `/loglevel`, which are our own.
 */
export async function startAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const app = fastify(serverOptions(options.tls));
  app.removeAllContentTypeParsers();
  // Nothing but a log level is read of a request's body.
  app.addContentTypeParser("*", (_request, payload, done) => {
    let start = Buffer.alloc(0);
    payload.on("data", (chunk: Buffer) => {
      if (start.length < MAX_READ_BYTES) start = Buffer.concat([start, chunk.subarray(0, MAX_READ_BYTES)]);
    });
    payload.on("end", () => done(null, start.toString()));
    payload.on("error", done);
  });
  const { metrics } = options;
  if (metrics !== undefined) {
    app.route({
      method: METHODS,
      url: metrics.route,
      handler: async (_request, reply) => {
        const page = await metrics.page();
        return reply.header("content-type", METRICS_TYPE).send(page);
      },
    });
  }
  app.route({
    method: METHODS,
    url: "/version",
    handler: (_request, reply) =>
      reply.header("content-type", "text/plain; charset=utf-8").send(JSON.stringify(options.build)),
  });
  app.route({
    method: METHODS,
    url: "/debug/vars",
    handler: (_request, reply) =>
      reply.header("content-type", "application/json; charset=utf-8").send(JSON.stringify(options.variables())),
  });
  app.route({
    method: METHODS,
    url: "/ready",
    handler: (_request, reply) => {
      const { status, body } = options.readiness.answer(options.health.available);
      return reply.code(status).header("content-type", "application/json").send(body);
    },
  });
  addLogLevelRoute(app, options.logLevel);
  addPprofRoutes(app, options.pprof);
  app.setNotFoundHandler((_request, reply) => {
    const { status, body } = options.health.answer();
    return reply.code(status).header("content-type", "application/json").send(Buffer.from(body));
  });
  try {
    await app.listen({ host: options.listen.host, port: options.listen.port });
  } catch (error) {
    throw listenError("cannot start the admin server: listen tcp", options.listen, error, "admin.http.host-port");
  }
  const address = app.server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.listen.port;
  return {
    address: { host: options.listen.host, port },
    updateTls: (tls) => (app.server as unknown as HttpsServer).setSecureContext(tls),
    close: () => app.close(),
  };
}

function serverOptions(tls: HttpsOptions | undefined): FastifyServerOptions<Server> {
  return {
    bodyLimit: BODY_LIMIT_BYTES,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    ...(tls === undefined ? {} : { serverFactory: (handler) => createHttpsServer(tls, handler) as unknown as Server }),
  };
}
