import { statSync } from "node:fs";
import type { TlsOptions } from "node:tls";
import type { ClientTls, WatchTls } from "@spoor/client-tls";
import type { BaseLogger } from "pino";
import type { Registry } from "prom-client";
import type { Settings } from "./settings.ts";
import { readClientTls, readServerTls } from "./tls.ts";
import { tlsReloads } from "./tls-reloads.ts";

/** How soon a changed certificate is noticed when `….tls.reload-interval` says nothing. v1 notices at once. */
const DEFAULT_INTERVAL_MS = 5000;
/** How long changed files have to stay as they are before they are read: they may still be being written. */
const SETTLE_MS = 200;

/** Who hears what becomes of changed certificates. */
export interface TlsWatchers {
  readonly logger: BaseLogger;
  readonly registry: Registry;
}

export interface ClientTlsWatchOptions {
  /** For a connection with another flag that switches TLS on, too. */
  readonly isEnabled?: boolean;
  readonly intervalMs?: number;
}

/**
 * Looks at a listener's certificate files and hands out new TLS settings when one changed. Files that cannot be read or do not fit
 * each other (half of a rotation) are looked at again when they change; the listener keeps what it has. Does nothing without TLS.
 */
export function watchServerTls(
  settings: Settings,
  prefix: string,
  watchers: TlsWatchers,
  apply: (tls: TlsOptions) => void,
): { close(): void } {
  if (!settings.bool(`${prefix}.tls.enabled`)) return { close: () => undefined };
  return watchTls({
    prefix,
    paths: pathsOf(settings, prefix, ["cert", "key", "client-ca"]),
    intervalMs: settings.durationMs(`${prefix}.tls.reload-interval`) || DEFAULT_INTERVAL_MS,
    watchers,
    read: () => readServerTls(settings, prefix),
    apply,
  });
}

/** As {@link watchServerTls}, for connections to others. */
export function watchClientTls(
  settings: Settings,
  prefix: string,
  watchers: TlsWatchers,
  apply: (tls: ClientTls) => void,
  options: ClientTlsWatchOptions = {},
): { close(): void } {
  const { isEnabled = settings.bool(`${prefix}.tls.enabled`), intervalMs = DEFAULT_INTERVAL_MS } = options;
  if (!isEnabled) return { close: () => undefined };
  return watchTls({
    prefix,
    paths: pathsOf(settings, prefix, ["ca", "cert", "key"]),
    intervalMs,
    watchers,
    read: () => readClientTls(settings, prefix, isEnabled),
    apply,
  });
}

/**
 * {@link readClientTls} and, for who uses the connection for longer, how to hear of changed files, as members of the connection's
 * options; none without TLS.
 */
export function readWatchedClientTls(
  settings: Settings,
  prefix: string,
  watchers: TlsWatchers | undefined,
  isEnabled: boolean = settings.bool(`${prefix}.tls.enabled`),
): { readonly tls?: ClientTls; readonly watchTls?: WatchTls } {
  const tls = readClientTls(settings, prefix, isEnabled);
  if (tls === undefined) return {};
  if (watchers === undefined) return { tls };
  return { tls, watchTls: (apply) => watchClientTls(settings, prefix, watchers, apply, { isEnabled }) };
}

interface Watch<T> {
  readonly prefix: string;
  readonly paths: readonly string[];
  readonly intervalMs: number;
  readonly watchers: TlsWatchers;
  readonly read: () => T | undefined;
  /** What it throws is a reason not to use them. */
  readonly apply: (tls: T) => void;
}

function watchTls<T>({ prefix, paths, intervalMs, watchers, read, apply }: Watch<T>): { close(): void } {
  const { logger } = watchers;
  const reloads = tlsReloads(watchers.registry);
  const flags = `${prefix}.tls`;
  for (const result of ["ok", "err"]) reloads.inc({ flags, result }, 0);
  let inUse = fingerprint(paths);
  let noticed = inUse;
  let toldOf = "";
  let settling: NodeJS.Timeout | undefined;
  const take = () => {
    settling = undefined;
    const now = fingerprint(paths);
    if (now !== noticed) return look();
    try {
      const tls = read();
      if (tls === undefined) return;
      apply(tls);
      inUse = now;
      reloads.inc({ flags, result: "ok" });
      logger.info({ flags }, "Certificates were changed and are in use");
    } catch (error) {
      if (toldOf !== now) {
        reloads.inc({ flags, result: "err" });
        logger.error({ err: error, flags }, "Changed certificates cannot be used");
      }
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

function pathsOf(settings: Settings, prefix: string, members: readonly string[]): readonly string[] {
  return members.map((member) => settings.string(`${prefix}.tls.${member}`));
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
