/** What a client needs to reach a server over TLS. Certificates and key are PEM. */
export interface ClientTls {
  /** Authorities; without them, the system's. */
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
  /** The name in the server's certificate, where it is not the one that is connected to. */
  readonly serverName?: string | undefined;
  /** Takes any certificate. */
  readonly skipHostVerify?: boolean;
}

/** Tells of other certificates until it is closed. What `apply` throws at them is a reason not to use them. */
export type WatchTls = (apply: (tls: ClientTls) => void) => { close(): void };
