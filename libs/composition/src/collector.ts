import { type DaemonContext, type HostPort, readServerTls } from "@spoor/daemon";
import type { Ingest } from "@spoor/ingest";
import {
  type Receiver,
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
import { startListening } from "./start-part.ts";
import { openSampling } from "./strategies.ts";
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
  const processes = context.worker?.count ?? 1;
  const { strategies, writer } = await openSampling(context, storage);
  const ingest = openIngest(context, writer);
  const tenancy = tenancyOf(settings);
  const commonOf = (at: HostPort, tlsPrefix: string): ReceiverOptions => {
    const tls = readServerTls(settings, tlsPrefix);
    return { ...at, writer: ingest, logger, registry, ...(tls === undefined ? {} : { tls }) };
  };
  const start = (
    name: string,
    flagName: string,
    tlsPrefix: string,
    open: (common: ReceiverOptions) => Promise<Receiver>,
  ): Promise<HostPort | undefined> =>
    startListening(context, name, flagName, (at) => open(commonOf(at, tlsPrefix)), tlsPrefix);

  await start("Jaeger gRPC", "collector.grpc-server.host-port", "collector.grpc", (common) =>
    startCollectorGrpc({
      ...common,
      tenancy,
      strategies,
      limits: grpcLimits(settings, "collector.grpc-server", processes),
    }),
  );
  await start("Jaeger Thrift over HTTP", "collector.http-server.host-port", "collector.http", (common) =>
    startThriftHttp({
      ...common,
      tenancy,
      strategies,
      limits: httpLimits(settings, "collector.http-server"),
    }),
  );
  let otlpHttp: HostPort | undefined;
  if (settings.bool("collector.otlp.enabled")) {
    await start("OTLP gRPC", "collector.otlp.grpc.host-port", "collector.otlp.grpc", (common) =>
      startOtlpGrpc({
        ...common,
        tenancy,
        limits: grpcLimits(settings, "collector.otlp.grpc", processes),
      }),
    );
    otlpHttp = await start("OTLP HTTP", "collector.otlp.http.host-port", "collector.otlp.http", (common) =>
      startOtlpHttp({
        ...common,
        tenancy,
        limits: httpLimits(settings, "collector.otlp.http"),
        cors: corsOptions(settings, "collector.otlp.http"),
      }),
    );
  }
  await start("Zipkin", "collector.zipkin.host-port", "collector.zipkin", (common) =>
    startZipkinHttp({
      ...common,
      tenancy,
      cors: corsOptions(settings, "collector.zipkin"),
      keepAlive: settings.bool("collector.zipkin.keep-alive"),
    }),
  );
  return { ingest, strategies, otlpHttp };
}
