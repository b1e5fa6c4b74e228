import { existsSync } from "node:fs";
import type { TlsOptions } from "node:tls";
import { fileURLToPath } from "node:url";
import { buildInfo, type DaemonContext, DaemonError, type HostPort, readServerTls } from "@spoor/daemon";
import { createQueryGrpc, createQueryHttp, type QueryServer } from "@spoor/query-api";
import { createQueryService, measureReader } from "@spoor/query-service";
import {
  exportTargetIn,
  type SelfTracing,
  startSelfTracing,
  tracedMetricsReader,
  tracedQueryService,
} from "@spoor/self-tracing";
import type { Storage } from "@spoor/storage-api";
import { openMetricsReader } from "./metrics-storage.ts";
import { addressOf, startListening } from "./start-part.ts";
import { tenancyOf } from "./tenancy.ts";

export interface QueryRole {
  /** Where the page is. */
  readonly http: HostPort;
  readonly basePath: string;
}

export interface QueryRoleOptions {
  /** Of a daemon that traces itself anyhow; without it, `--query.enable-tracing` decides. */
  readonly tracing?: SelfTracing;
}

const HTTP_FLAG = "query.http-server.host-port";
const GRPC_FLAG = "query.grpc-server.host-port";

/** Starts the query daemon over a store: page and HTTP API, and the gRPC API. */
export async function startQuery(
  context: DaemonContext,
  storage: Storage,
  options: QueryRoleOptions = {},
): Promise<QueryRole> {
  const { settings, environment, logger, registry } = context;
  const tenancy = tenancyOf(settings);
  const ownTracing =
    options.tracing === undefined && settings.bool("query.enable-tracing")
      ? await startSelfTracing("jaeger-query", environment)
      : undefined;
  const tracing = options.tracing ?? ownTracing;
  const measured = createQueryService({
    storage: {
      reader: measureReader(storage.reader, { registry, kind: storage.kind }),
      dependencies: storage.dependencies,
    },
    ...(storage.archive === undefined ? {} : { archive: storage.archive }),
    maxClockSkewAdjustmentNs: BigInt(Math.round(settings.durationMs("query.max-clock-skew-adjustment") * 1e6)),
  });
  const service = tracing === undefined ? measured : tracedQueryService(measured, tracing);
  const storedMetrics = openMetricsReader(context);
  const metrics =
    storedMetrics === undefined || tracing === undefined ? storedMetrics : tracedMetricsReader(storedMetrics, tracing);
  const basePath = basePathOf(settings.string("query.base-path"));
  const staticDir = staticDirOf(settings.string("query.static-files"));
  const uiConfigFile = settings.string("query.ui-config");
  const httpAt = addressOf(settings, HTTP_FLAG);
  const grpcAt = addressOf(settings, GRPC_FLAG);
  if (httpAt === undefined) throw new DaemonError("INVALID_VALUE", `--${HTTP_FLAG} is empty`);
  if (grpcAt !== undefined && grpcAt.port === httpAt.port && grpcAt.port !== 0) {
    throw new DaemonError("INVALID_SETTINGS", "query's HTTP and gRPC servers need ports of their own");
  }
  const bearerTokenPropagation = settings.bool("query.bearer-token-propagation");
  const httpTls = readServerTls(settings, "query.http");
  const grpcTls = readServerTls(settings, "query.grpc");

  await startListening(
    context,
    "query gRPC",
    GRPC_FLAG,
    (listen) =>
      started(
        createQueryGrpc({
          listen,
          service,
          tenancy,
          logger,
          bearerTokenPropagation,
          ...(grpcTls === undefined ? {} : { tls: grpcTls }),
        }),
      ),
    "query.grpc",
  );
  const http = await startListening(
    context,
    "query HTTP",
    HTTP_FLAG,
    (listen) =>
      started(
        createQueryHttp({
          listen,
          service,
          tenancy,
          logger,
          bearerTokenPropagation,
          ...(metrics === undefined ? {} : { metrics }),
          basePath,
          additionalHeaders: additionalHeaders(settings.strings("query.additional-headers")),
          ...(staticDir === undefined ? {} : { staticDir }),
          ...(uiConfigFile === "" ? {} : { uiConfigFile }),
          version: buildInfo(),
          logStaticAssetsAccess: settings.bool("query.log-static-assets-access"),
          ...(httpTls === undefined ? {} : { tls: httpTls }),
        }),
      ),
    "query.http",
  );
  const role = { http: http ?? httpAt, basePath };
  if (ownTracing !== undefined) await exportOwnTraces(context, ownTracing, role);
  return role;
}

/** v1's default endpoint. */
const DEFAULT_ENDPOINT = "http://localhost:4317";

async function exportOwnTraces(
  { environment, logger, lifecycle }: DaemonContext,
  tracing: SelfTracing,
  role: QueryRole,
): Promise<void> {
  const target = exportTargetIn(environment) ?? { protocol: "grpc", endpoint: DEFAULT_ENDPOINT, headers: {} };
  await tracing.exportTo(target, role);
  lifecycle.add("self tracing", () => tracing.close());
  logger.info({ protocol: target.protocol, endpoint: target.endpoint }, "Sending traces of itself");
}

async function started(server: QueryServer) {
  const address = await server.start();
  return { address, updateTls: (tls: TlsOptions) => server.updateTls(tls), close: () => server.close() };
}

function basePathOf(text: string): string {
  if (text === "" || text === "/") return "/";
  if (!text.startsWith("/")) {
    throw new DaemonError(
      "INVALID_VALUE",
      `invalid base path '${text}'. Must start but not end with a slash '/', e.g. '/jaeger/ui'`,
    );
  }
  return text.replace(/\/+$/, "");
}

/** Where the built page is: what the flag says, else beside the apps. */
function staticDirOf(flag: string): string | undefined {
  if (flag !== "") return flag;
  const candidates = ["../ui", "../../../dist/apps/ui"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return candidates.find((path) => existsSync(path));
}

function additionalHeaders(lines: readonly string[]): readonly (readonly [string, string])[] {
  return lines.map((line) => {
    const colon = line.indexOf(":");
    if (colon <= 0) {
      throw new DaemonError(
        "INVALID_VALUE",
        `invalid header "${line}" in --query.additional-headers: expected "Key: Value"`,
      );
    }
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
}
