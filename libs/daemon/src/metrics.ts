import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { BuildInfo } from "./build-info.ts";
import { DaemonError } from "./errors.ts";
import { tlsReloads } from "./tls-reloads.ts";

/** How often the event loop's lag is looked at; the lag's metrics include it. prom-client's 10 ms were most of what an idle daemon did. */
const EVENT_LOOP_PRECISION_MS = 100;

/**
 * The registry of a daemon, with the metrics of process and runtime, of certificates, and v1's `build_info` under the daemon's name space.
 * `namespace` is v1's prefix: `jaeger`, `jaeger_agent`, `jaeger_collector`, `jaeger_query`.
 */
export function createRegistry(namespace: string, build: BuildInfo): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
  new Gauge({
    name: `${namespace}_build_info`,
    help: "Version of the running program; always 1",
    labelNames: ["build_date", "revision", "version"],
    registers: [registry],
    // One program, however many processes.
    aggregator: "first",
  }).set({ build_date: build.buildDate, revision: build.gitCommit, version: build.gitVersion }, 1);
  tlsReloads(registry);
  return registry;
}

/** Whether `--metrics-backend` asks for a metrics page. */
export function metricsEnabled(backend: string): boolean {
  if (backend === "prometheus" || backend === "none") return backend === "prometheus";
  throw new DaemonError("INVALID_VALUE", "cannot create metrics factory: unknown metrics backend specified");
}
