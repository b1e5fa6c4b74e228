import { Counter, type Registry } from "prom-client";

const NAME = "spoor_tls_reloads_total";

/** The counter of changed certificate files, which all watches of a registry share. */
export function tlsReloads(registry: Registry): Counter {
  const known = registry.getSingleMetric(NAME);
  if (known !== undefined) return known as Counter;
  return new Counter({
    name: NAME,
    help: "Changes of certificate files, by whether what is in them could be used",
    labelNames: ["flags", "result"],
    registers: [registry],
  });
}
