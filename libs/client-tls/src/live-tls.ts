import { type ConnectionOptions, createSecureContext, type SecureContext } from "node:tls";
import type { ClientTls, WatchTls } from "./client-tls.ts";

/** Options of `tls.connect`, of which the context with the certificates is replaced in place. */
export interface LiveConnectionOptions {
  secureContext: SecureContext;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
}

/**
 * The TLS of connections to one server or cluster. Drivers get {@link options} once, and hand the object on to every `tls.connect`: a
 * connection made after the certificates were replaced uses the new ones, while those that stand go on.
 */
export class LiveTls {
  readonly options: LiveConnectionOptions & ConnectionOptions;
  readonly #watch: { close(): void } | undefined;

  /** Throws what OpenSSL says of certificates that it does not take. */
  constructor(tls: ClientTls, watch?: WatchTls) {
    this.options = {
      secureContext: contextOf(tls),
      ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
      rejectUnauthorized: tls.skipHostVerify !== true,
    };
    this.#watch = watch?.((changed) => {
      this.options.secureContext = contextOf(changed);
    });
  }

  /** Hears of no more changes. */
  close(): void {
    this.#watch?.close();
  }
}

/** {@link LiveTls} where there is TLS at all. */
export function openLiveTls(tls: ClientTls | undefined, watch?: WatchTls): LiveTls | undefined {
  return tls === undefined ? undefined : new LiveTls(tls, watch);
}

function contextOf({ ca, cert, key }: ClientTls): SecureContext {
  return createSecureContext({
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
}
