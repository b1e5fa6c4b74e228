import { statSync } from "node:fs";
import type { TlsOptions } from "node:tls";
import type { BaseLogger } from "pino";
import type { Settings } from "./settings.ts";
import { type ClientTls, readClientTls, readServerTls } from "./tls.ts";

/** How soon a changed certificate is noticed when `….tls.reload-interval` says nothing. v1 notices at once. */
const DEFAULT_INTERVAL_MS = 5000;

/**
 * Looks at a listener's certificate files and hands out new TLS settings when one changed. Files that cannot be read or do not fit
 * each other (half of a rotation) are looked at again the next time; the listener keeps what it has. Does nothing without TLS.
 */
export function watchServerTls(
  settings: Settings,
  prefix: string,
  logger: BaseLogger,
  apply: (tls: TlsOptions) => void,
): { close(): void } {
  const intervalMs = settings.durationMs(`${prefix}.tls.reload-interval`) || DEFAULT_INTERVAL_MS;
  return watchTls(settings, prefix, ["cert", "key", "client-ca"], intervalMs, logger, readServerTls, apply);
}

/** As {@link watchServerTls}, for connections to others. */
export function watchClientTls(
  settings: Settings,
  prefix: string,
  logger: BaseLogger,
  apply: (tls: ClientTls) => void,
  intervalMs: number = DEFAULT_INTERVAL_MS,
): { close(): void } {
  return watchTls(settings, prefix, ["ca", "cert", "key"], intervalMs, logger, readClientTls, apply);
}

function watchTls<T>(
  settings: Settings,
  prefix: string,
  members: readonly string[],
  intervalMs: number,
  logger: BaseLogger,
  read: (settings: Settings, prefix: string) => T | undefined,
  apply: (tls: T) => void,
): { close(): void } {
  if (!settings.bool(`${prefix}.tls.enabled`)) return { close: () => undefined };
  const paths = members.map((member) => settings.string(`${prefix}.tls.${member}`));
  let seen = fingerprint(paths);
  const look = () => {
    const now = fingerprint(paths);
    if (now === seen) return;
    try {
      const tls = read(settings, prefix);
      if (tls === undefined) return;
      apply(tls);
      seen = now;
      logger.info({ flags: `${prefix}.tls` }, "Certificates were changed and are in use");
    } catch (error) {
      logger.error({ err: error, flags: `${prefix}.tls` }, "Changed certificates cannot be used");
    }
  };
  const timer = setInterval(look, intervalMs);
  timer.unref();
  return { close: () => clearInterval(timer) };
}

function fingerprint(paths: readonly string[]): string {
  return paths
    .map((path) => {
      const stat = path === "" ? undefined : statSync(path, { throwIfNoEntry: false });
      return stat === undefined ? "-" : `${stat.ino}:${stat.size}:${stat.mtimeMs}`;
    })
    .join(" ");
}
