import type { ClientTls, WatchTls } from "@spoor/client-tls";

/** Names of consistency levels, as in `--cassandra.consistency`. */
export const CONSISTENCIES = [
  "ANY",
  "ONE",
  "TWO",
  "THREE",
  "QUORUM",
  "ALL",
  "LOCAL_QUORUM",
  "EACH_QUORUM",
  "LOCAL_ONE",
] as const;
export type Consistency = (typeof CONSISTENCIES)[number];

/** How to reach a cluster. Defaults are v1's. */
export interface CassandraConnectionOptions {
  /** Hosts, each with a port of its own or none. */
  readonly servers?: readonly string[];
  /** 0 stands for 9042. */
  readonly port?: number;
  readonly keyspace?: string;
  readonly connectionsPerHost?: number;
  /** How often a request is tried, the first time included. */
  readonly maxRetryAttempts?: number;
  /** For the answer to a request; 0 stands for 12 seconds. */
  readonly timeoutMs?: number;
  /** 0 stands for 5 seconds. */
  readonly connectTimeoutMs?: number;
  /** The longest pause between attempts to reach a node that is down. */
  readonly reconnectIntervalMs?: number;
  /** Sends requests to nodes of this data centre only; "" means all alike. */
  readonly localDc?: string;
  readonly consistency?: Consistency;
  readonly protoVersion?: number;
  /** 0 leaves it to the operating system. */
  readonly socketKeepAliveMs?: number;
  readonly username?: string;
  readonly password?: string;
  /** Class names of authenticators that may be given the password; none named means any. */
  readonly allowedAuthenticators?: readonly string[];
  readonly tls?: ClientTls | undefined;
  /** Hears of other certificates, which connections made afterwards use. */
  readonly watchTls?: WatchTls;
  /** How flags are called in error messages. */
  readonly flagPrefix?: string;
}

/** Which tags can be searched. A key is in one list or the other, never in both lists. */
export interface TagIndexOptions {
  readonly tags?: boolean;
  readonly processTags?: boolean;
  readonly logs?: boolean;
  /** Keys that are not indexed. */
  readonly blacklist?: readonly string[];
  /** When any is named, only these are indexed. */
  readonly whitelist?: readonly string[];
}

export const DEFAULT_KEYSPACE = "jaeger_dc1";
export const DEFAULT_PORT = 9042;
