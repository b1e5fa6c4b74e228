import { type DaemonContext, type HostPort, readServerTls } from "@spoor/daemon";
import type { Ingest } from "@spoor/ingest";
import {
  type ReceiverOptions,
  startCollectorGrpc,
  startOtlpGrpc,
  startOtlpHttp,
  startThriftHttp,
  startZipkinHttp,
} from "@spoor/receivers";
import type { StrategyProvider } from "@spoor/sampling";
import type { Storage } from "@spoor/storage-api";
import { openIngest } from "./ingest.ts";
import { corsOptions, grpcLimits, httpLimits } from "./listener-limits.ts";
import { addressOf, startListening } from "./start-part.ts";
import { openStrategies } from "./strategies.ts";
import { tenancyOf } from "./tenancy.ts";

/** A running collector. */
export interface Collector {
  readonly ingest: Ingest;
  readonly strategies: StrategyProvider;
  /** Where OTLP over HTTP listens, when it does. */
  readonly otlpHttp: HostPort | undefined;
}

/** Starts a collector over a store: ingest, sampling strategies and every receiver that has an address. */
export async function startCollector(context: DaemonContext, storage: Storage): Promise<Collector> {
  const { settings, logger, registry } = context;
  const strategies = await openStrategies(context);
  const ingest = openIngest(context, storage);
  const tenancy = tenancyOf(settings);
  const common = (at: HostPort, tlsPrefix: string): ReceiverOptions => {
    const tls = readServerTls(settings, tlsPrefix);
    return { ...at, writer: ingest, logger, registry, ...(tls === undefined ? {} : { tls }) };
  };
  const start = async (
    name: string,
    flagName: string,
    open: (at: HostPort) => Promise<{ readonly address: HostPort; close(): Promise<void> }>,
  ): Promise<HostPort | undefined> => {
    const at = addressOf(settings, flagName);
    return at === undefined ? undefined : startListening(context, name, at, open);
  };

  await start("Jaeger gRPC", "collector.grpc-server.host-port", (at) =>
    startCollectorGrpc({
      ...common(at, "collector.grpc"),
      tenancy,
      strategies,
      limits: grpcLimits(settings, "collector.grpc-server"),
    }),
  );
  await start("Jaeger Thrift over HTTP", "collector.http-server.host-port", (at) =>
    startThriftHttp({
      ...common(at, "collector.http"),
      tenancy,
      strategies,
      limits: httpLimits(settings, "collector.http-server"),
    }),
  );
  let otlpHttp: HostPort | undefined;
  if (settings.bool("collector.otlp.enabled")) {
    await start("OTLP gRPC", "collector.otlp.grpc.host-port", (at) =>
      startOtlpGrpc({
        ...common(at, "collector.otlp.grpc"),
        tenancy,
        limits: grpcLimits(settings, "collector.otlp.grpc"),
      }),
    );
    otlpHttp = await start("OTLP HTTP", "collector.otlp.http.host-port", (at) =>
      startOtlpHttp({
        ...common(at, "collector.otlp.http"),
        tenancy,
        limits: httpLimits(settings, "collector.otlp.http"),
        cors: corsOptions(settings, "collector.otlp.http"),
      }),
    );
  }
  await start("Zipkin", "collector.zipkin.host-port", (at) =>
    startZipkinHttp({
      ...common(at, "collector.zipkin"),
      tenancy,
      cors: corsOptions(settings, "collector.zipkin"),
      keepAlive: settings.bool("collector.zipkin.keep-alive"),
    }),
  );
  return { ingest, strategies, otlpHttp };
}
