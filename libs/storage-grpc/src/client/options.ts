import type { ClientTls } from "@spoor/daemon";
import type { BaseLogger } from "pino";

/** Where a remote storage server is. */
export interface RemoteServer {
  /** `host:port` or a gRPC target such as `dns:///storage:17271`. */
  readonly server: string;
  readonly tls?: ClientTls;
  /** Hands out other certificates as they come, until it is closed; they serve new connections, and no call fails for them. */
  readonly watchTls?: (apply: (tls: ClientTls) => void) => { close(): void };
  /** How long the first answer may let wait for itself at the start. */
  readonly connectionTimeoutMs?: number;
}

export interface GrpcStorageOptions extends RemoteServer {
  /** The metadata key that carries the tenant; absent, tenants are not told to the server. */
  readonly tenantHeader?: string;
  /** The server for archived traces; absent, the same server when it says that it archives. */
  readonly archive?: RemoteServer;
  readonly logger: BaseLogger;
  readonly limits?: Partial<ClientLimits>;
}

export interface ClientLimits {
  /** Bytes of one reply: v1's servers send 1000 spans in one, of any length. */
  readonly maxReplyBytes: number;
  /** How long a batch may take until the server has answered. */
  readonly writeTimeoutMs: number;
  /** How long an answer, or the next part of one, may take. */
  readonly readTimeoutMs: number;
  /** Spans sent at one time, of one batch, to a server that takes no streams. */
  readonly concurrentSpans: number;
  /** Traces read at one time for one caller. */
  readonly concurrentTraces: number;
  /** Bytes of traces read ahead of a caller, about. */
  readonly readAheadBytes: number;
}

export const DEFAULT_CONNECTION_TIMEOUT_MS = 5000;

export const DEFAULT_CLIENT_LIMITS: ClientLimits = {
  maxReplyBytes: 64 * 1024 * 1024,
  writeTimeoutMs: 30_000,
  readTimeoutMs: 120_000,
  concurrentSpans: 64,
  concurrentTraces: 8,
  readAheadBytes: 16 * 1024 * 1024,
};
