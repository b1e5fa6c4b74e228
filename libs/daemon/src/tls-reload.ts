import { statSync } from "node:fs";
import type { TlsOptions } from "node:tls";
import type { BaseLogger } from "pino";
import type { Settings } from "./settings.ts";
import { readServerTls } from "./tls.ts";

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
  if (!settings.bool(`${prefix}.tls.enabled`)) return { close: () => undefined };
  const paths = ["cert", "key", "client-ca"].map((member) => settings.string(`${prefix}.tls.${member}`));
  let seen = fingerprint(paths);
  const look = () => {
    const now = fingerprint(paths);
    if (now === seen) return;
    try {
      const tls = readServerTls(settings, prefix);
      if (tls === undefined) return;
      apply(tls);
      seen = now;
      logger.info({ flags: `${prefix}.tls` }, "Certificates were changed and are in use");
    } catch (error) {
      logger.error({ err: error, flags: `${prefix}.tls` }, "Changed certificates cannot be used");
    }
  };
  const timer = setInterval(look, settings.durationMs(`${prefix}.tls.reload-interval`) || DEFAULT_INTERVAL_MS);
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
