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

/** Bounds of an HTTP server; each has a default (see {@link DEFAULT_HTTP_LIMITS}). 0 switches a timeout off. */
export interface HttpLimits {
  /** Milliseconds for the request's head. */
  readonly readHeaderTimeoutMs: number;
  /** Milliseconds for the whole request. */
  readonly readTimeoutMs: number;
  /** Milliseconds a connection may rest between two requests. */
  readonly idleTimeoutMs: number;
  /** Bytes a body may have, as sent and inflated. */
  readonly maxBodyBytes: number;
  /** Bytes per second a body must reach after its first five seconds. */
  readonly minBodyBytesPerSecond: number;
  readonly maxConnections: number;
  /** Milliseconds `close` waits for requests in flight. */
  readonly drainMs: number;
  /** Bytes of bodies that may be held at once over all connections. */
  readonly maxBufferedBytes: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  readHeaderTimeoutMs: 2_000,
  readTimeoutMs: 60_000,
  idleTimeoutMs: 120_000,
  maxBodyBytes: 20 * 1024 * 1024,
  minBodyBytesPerSecond: 500,
  maxConnections: 10_000,
  drainMs: 5_000,
  maxBufferedBytes: 256 * 1024 * 1024,
};
