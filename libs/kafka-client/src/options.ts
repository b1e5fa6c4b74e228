import type { BaseLogger } from "pino";

export type SaslMechanism = "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";

export interface KafkaSasl {
  readonly mechanism: SaslMechanism;
  readonly username: string;
  readonly password: string;
}

export interface KafkaTls {
  /** PEM. */
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
  readonly serverName?: string | undefined;
  readonly skipHostVerify?: boolean;
}

/** How to reach a cluster. */
export interface KafkaConnectionOptions {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly sasl?: KafkaSasl | undefined;
  readonly tls?: KafkaTls | undefined;
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
