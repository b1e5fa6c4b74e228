import type { GrpcLimits } from "@spoor/grpc-server";
import type { StrategyProvider } from "@spoor/sampling";
import type { Tenancy } from "@spoor/tenancy";
import type { BaseLogger } from "pino";
import type { Registry } from "prom-client";
import type { HttpLimits } from "./limits.ts";
import type { ListenOptions, ReceiverOptions, TenantReceiverOptions } from "./receiver.ts";

/** Cross-origin access, as `--collector.otlp.http.cors.*`; nothing allowed when empty. */
export interface CorsOptions {
  /** Origins, each with at most one `*`. */
  readonly allowedOrigins: readonly string[];
  /** Request headers, or `*`; empty: Accept, Content-Type, X-Requested-With. */
  readonly allowedHeaders: readonly string[];
}

/** Port 14250: spans, sampling strategies, health, reflection. */
export interface CollectorGrpcOptions extends TenantReceiverOptions {
  readonly strategies: StrategyProvider;
  readonly limits?: Partial<GrpcLimits>;
}

/** Port 4317. */
export interface OtlpGrpcOptions extends TenantReceiverOptions {
  readonly limits?: Partial<GrpcLimits>;
}

/** Port 4318. */
export interface OtlpHttpOptions extends TenantReceiverOptions {
  readonly limits?: Partial<HttpLimits>;
  readonly cors?: CorsOptions;
}

/** Port 14268: spans as Thrift, sampling strategies. */
export interface ThriftHttpOptions extends ReceiverOptions {
  readonly strategies: StrategyProvider;
  /** A known tenant in the header gets its spans; any other request stays without a tenant, as in v1. */
  readonly tenancy?: Tenancy;
  readonly limits?: Partial<HttpLimits>;
}

/** Port 9411. */
export interface ZipkinHttpOptions extends TenantReceiverOptions {
  readonly limits?: Partial<HttpLimits>;
  readonly cors?: CorsOptions;
  /** False closes every connection after its request. Default true. */
  readonly keepAlive?: boolean;
}

/** Port 5778: sampling strategies as agents serve them. */
export interface SamplingHttpOptions extends ListenOptions {
  readonly strategies: StrategyProvider;
  readonly logger: BaseLogger;
  readonly registry: Registry;
  readonly limits?: Partial<HttpLimits>;
  /** Lets another process listen on the same port (SO_REUSEPORT), where the system can. */
  readonly reusePort?: boolean;
}

/** Ports 5775, 6831 and 6832. */
export interface UdpOptions extends Omit<ReceiverOptions, "tls"> {
  /** Thrift protocol of the datagrams. */
  readonly protocol: "compact" | "binary";
  /** v1's label of the port: zipkin for 5775, else jaeger. Every port takes both kinds of batch. */
  readonly model: "jaeger" | "zipkin";
  /** Writes at one time; while so many run, datagrams queue. 0 or absent: 10. */
  readonly workers?: number;
  /** The writer bounds by itself what waits in it: writes are not limited to `workers`. Default false. */
  readonly writerIsBounded?: boolean;
  /** Datagrams queued between socket and decoder; 0 or absent: 1000. */
  readonly queueSize?: number;
  /** Longer datagrams are dropped; 0 or absent: 65000. */
  readonly maxPacketBytes?: number;
  /** SO_RCVBUF; 0 or absent: 4 MiB, or what the system allows of it. */
  readonly socketBufferBytes?: number;
  /** Shares the port with processes of the same option; the last one bound gets the datagrams. Default true. */
  readonly reuseAddress?: boolean;
}
