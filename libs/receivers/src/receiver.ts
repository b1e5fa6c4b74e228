import type { TlsOptions } from "node:tls";
import type { SpanWriter } from "@spoor/storage-api";
import type { Tenancy } from "@spoor/tenancy";
import type { BaseLogger } from "pino";
import type { Registry } from "prom-client";

/** A started receiver. */
export interface Receiver {
  /** Where it listens; `port` is the real one when 0 was asked for. */
  readonly address: { readonly host: string; readonly port: number };
  /** Refuses new work, waits for what is in flight (bounded), then releases the socket. */
  close(): Promise<void>;
  /** Serves new connections with other certificates; only there on a listener with TLS. */
  readonly updateTls?: (tls: TlsOptions) => void;
}

export interface ListenOptions {
  /** "" means every interface, both IP versions. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
}

/** What every receiver needs. */
export interface ReceiverOptions extends ListenOptions {
  /** Takes the spans; its promise is the acknowledgement. */
  readonly writer: SpanWriter;
  readonly logger: BaseLogger;
  readonly registry: Registry;
  /** TLS of stream listeners; absent: plain text. */
  readonly tls?: TlsOptions;
}

/** A receiver on a protocol whose requests may name a tenant. */
export interface TenantReceiverOptions extends ReceiverOptions {
  readonly tenancy: Tenancy;
}
