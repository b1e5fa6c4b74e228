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
