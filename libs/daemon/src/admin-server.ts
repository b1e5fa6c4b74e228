import type { Server } from "node:http";
import {
  createServer as createHttpsServer,
  type ServerOptions as HttpsOptions,
  type Server as HttpsServer,
} from "node:https";
import fastify, { type FastifyServerOptions } from "fastify";
import type { Registry } from "prom-client";
import type { BuildInfo } from "./build-info.ts";
import type { Health } from "./health.ts";
import { type HostPort, listenError } from "./host-port.ts";
import type { Readiness } from "./readiness.ts";

/** What Prometheus asks for, in v1's exact words. */
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";
const METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
const BODY_LIMIT_BYTES = 64 * 1024;

export interface AdminServerOptions {
  readonly listen: HostPort;
  readonly health: Health;
  readonly readiness: Readiness;
  readonly build: BuildInfo;
  /** Absent when metrics are off. */
  readonly metrics?: { readonly registry: Registry; readonly route: string };
  /** Shown at `/debug/vars`; secrets already hidden. */
  readonly variables: () => Readonly<Record<string, unknown>>;
  readonly tls?: HttpsOptions;
}

export interface AdminServer {
  readonly address: HostPort;
  /** Uses other certificates for new connections. */
  updateTls(tls: HttpsOptions): void;
  close(): Promise<void>;
}

/**
 * The admin port: `/metrics`, `/version`, `/debug/vars`, and health at every other path with any method, as v1
 * (jaegertracing/jaeger `cmd/internal/flags/admin.go`); but for `/ready`, which is our own.
 */
export async function startAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const app = fastify(serverOptions(options.tls));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, payload, done) => {
    payload.resume();
    payload.on("end", () => done(null, undefined));
    payload.on("error", done);
  });
  const { metrics } = options;
  if (metrics !== undefined) {
    app.route({
      method: METHODS,
      url: metrics.route,
      handler: async (_request, reply) => {
        const page = await metrics.registry.metrics();
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
