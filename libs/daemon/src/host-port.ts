import { networkInterfaces } from "node:os";
import { DaemonError } from "./errors.ts";
import { environmentName } from "./flag-definition.ts";

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host:port`, `:port`, `[ipv6]:port` or a bare port, as v1 does. Without a host it is every interface: `::` (dual
 * stack), or `0.0.0.0` on a machine without IPv6. Throws `INVALID_VALUE` that says where the text stood.
 */
export function parseHostPort(text: string, origin: string): HostPort {
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(/^\d+$/.test(text) ? `:${text}` : text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw new DaemonError("INVALID_VALUE", `invalid address "${text}" in ${origin}: expected host:port or :port`);
  }
  const host = match[1] ?? match[2] ?? "";
  return { host: host === "" ? everyInterface() : host, port };
}

export function everyInterface(): string {
  const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some((entry) => entry.family === "IPv6"));
  return hasIpv6 ? "::" : "0.0.0.0";
}

/** `host:port` for people, with brackets around IPv6. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** An address under which this machine reaches a listener itself. */
export function localAddress({ host, port }: HostPort): HostPort {
  return { host: host === "::" || host === "0.0.0.0" ? "127.0.0.1" : host, port };
}

const LISTEN_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "bind: address already in use",
  EACCES: "bind: permission denied",
  EADDRNOTAVAIL: "bind: cannot assign requested address",
  ENOTFOUND: "lookup: no such host",
};

/** A failed `listen` in v1's words, for any error that Node gives, and what to do about it. */
export function listenError(what: string, at: HostPort, error: unknown, flagName: string): DaemonError {
  const { code = "", message } = error as NodeJS.ErrnoException;
  const host = at.host === "::" || at.host === "0.0.0.0" ? "" : at.host;
  const address = formatHostPort({ host, port: at.port });
  return new DaemonError("LISTEN", `${what} ${address}: ${LISTEN_REASONS[code] ?? message}`, {
    cause: error,
    hint: `Choose another address with --${flagName} or ${environmentName(flagName)}.`,
  });
}
