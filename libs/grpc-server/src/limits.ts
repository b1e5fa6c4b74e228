/** Bounds of a gRPC server; each has a default (see {@link DEFAULT_GRPC_LIMITS}). */
export interface GrpcLimits {
  /** Bytes of one message, as sent and inflated. */
  readonly maxMessageBytes: number;
  /** Milliseconds after which a connection is asked to go away, so that clients balance anew; 0: never. */
  readonly maxConnectionAgeMs: number;
  /** Milliseconds calls may still run after that; 0: as long as they need. */
  readonly maxConnectionAgeGraceMs: number;
  /** Milliseconds a connection has to begin to speak HTTP/2. */
  readonly handshakeTimeoutMs: number;
  readonly maxConnections: number;
  readonly maxConcurrentStreams: number;
  /** Milliseconds a request may take to arrive as a whole once it began. */
  readonly readTimeoutMs: number;
  /** Milliseconds without any traffic after which a connection is pinged; one that does not answer is closed. */
  readonly keepAliveMs: number;
  /** Milliseconds `close` waits for calls in flight. */
  readonly drainMs: number;
  /** Bytes of requests that may be held at once over all connections. */
  readonly maxBufferedBytes: number;
}

export const DEFAULT_GRPC_LIMITS: GrpcLimits = {
  maxMessageBytes: 4 * 1024 * 1024,
  maxConnectionAgeMs: 0,
  maxConnectionAgeGraceMs: 0,
  handshakeTimeoutMs: 10_000,
  maxConnections: 10_000,
  maxConcurrentStreams: 250,
  readTimeoutMs: 60_000,
  keepAliveMs: 7_200_000,
  drainMs: 5_000,
  maxBufferedBytes: 256 * 1024 * 1024,
};
