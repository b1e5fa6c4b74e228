import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { BuildInfo } from "./build-info.ts";
import { DaemonError } from "./errors.ts";

/**
 * The registry of a daemon, with the metrics of process and runtime and v1's `build_info` under the daemon's name space.
 * `namespace` is v1's prefix: `jaeger`, `jaeger_agent`, `jaeger_collector`, `jaeger_query`.
 */
export function createRegistry(namespace: string, build: BuildInfo): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: `${namespace}_build_info`,
    help: "Version of the running program; always 1",
    labelNames: ["build_date", "revision", "version"],
    registers: [registry],
    // One program, however many processes.
    aggregator: "first",
  }).set({ build_date: build.buildDate, revision: build.gitCommit, version: build.gitVersion }, 1);
  return registry;
}

/** Whether `--metrics-backend` asks for a metrics page. */
export function metricsEnabled(backend: string): boolean {
  if (backend === "prometheus" || backend === "none") return backend === "prometheus";
  throw new DaemonError("INVALID_VALUE", "cannot create metrics factory: unknown metrics backend specified");
}
