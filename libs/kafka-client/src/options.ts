import type { ClientTls, WatchTls } from "@spoor/client-tls";
import type { BaseLogger } from "pino";

export type SaslMechanism = "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";

export interface KafkaSasl {
  readonly mechanism: SaslMechanism;
  readonly username: string;
  readonly password: string;
}

/** How to reach a cluster. */
export interface KafkaConnectionOptions {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly sasl?: KafkaSasl | undefined;
  readonly tls?: ClientTls | undefined;
  /** Hears of other certificates, which connections made afterwards use. */
  readonly watchTls?: WatchTls;
  /** For a connection to stand. */
  readonly connectTimeoutMs?: number;
  /** For an answer to arrive. */
  readonly requestTimeoutMs?: number;
  /** How flags are called in error messages, such as `kafka.producer`. */
  readonly flagPrefix: string;
  readonly logger: BaseLogger;
}

export const DEFAULT_CONNECT_TIMEOUT_MS = 3000;
export const DEFAULT_REQUEST_TIMEOUT_MS = 10_000;
