import { statSync } from "node:fs";
import type { TlsOptions } from "node:tls";
import type { BaseLogger } from "pino";
import type { Settings } from "./settings.ts";
import { type ClientTls, readClientTls, readServerTls } from "./tls.ts";

/** How soon a changed certificate is noticed when `….tls.reload-interval` says nothing. v1 notices at once. */
const DEFAULT_INTERVAL_MS = 5000;
/** How long changed files have to stay as they are before they are read: they may still be being written. */
const SETTLE_MS = 200;

/**
 * Looks at a listener's certificate files and hands out new TLS settings when one changed. Files that cannot be read or do not fit
 * each other (half of a rotation) are looked at again when they change; the listener keeps what it has. Does nothing without TLS.
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
  let inUse = fingerprint(paths);
  let noticed = inUse;
  let toldOf = "";
  let settling: NodeJS.Timeout | undefined;
  const take = () => {
    settling = undefined;
    const now = fingerprint(paths);
    if (now !== noticed) return look();
    try {
      const tls = read(settings, prefix);
      if (tls === undefined) return;
      apply(tls);
      inUse = now;
      logger.info({ flags: `${prefix}.tls` }, "Certificates were changed and are in use");
    } catch (error) {
      if (toldOf !== now) logger.error({ err: error, flags: `${prefix}.tls` }, "Changed certificates cannot be used");
      toldOf = now;
    }
  };
  const look = () => {
    if (settling !== undefined) return;
    noticed = fingerprint(paths);
    if (noticed === inUse) return;
    settling = setTimeout(take, Math.min(SETTLE_MS, intervalMs));
    settling.unref();
  };
  const timer = setInterval(look, intervalMs);
  timer.unref();
  return {
    close() {
      clearInterval(timer);
      clearTimeout(settling);
    },
  };
}

function fingerprint(paths: readonly string[]): string {
  return paths
    .map((path) => {
      if (path === "") return "";
      try {
        const { ino, size, mtimeMs, ctimeMs } = statSync(path);
        return `${ino}:${size}:${mtimeMs}:${ctimeMs}`;
      } catch {
        return "-";
      }
    })
    .join(" ");
}
