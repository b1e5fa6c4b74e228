import { Counter, type Registry } from "prom-client";

/** Counts requests that a receiver refused. `receiver` and `reason` are from closed lists, so the series are few. */
export type RefusalCounter = (reason: string) => void;

/** The counter `spoor_receiver_refused_total` for one receiver; several receivers may share a registry. */
export function refusalCounter(registry: Registry, receiver: string): RefusalCounter {
  const counter = counterOf(registry, {
    name: "spoor_receiver_refused_total",
    help: "Requests and datagrams that a receiver refused, by receiver and reason",
    labelNames: ["receiver", "reason"],
  });
  return (reason) => counter.inc({ receiver, reason });
}

/** The counter of this name, made once a registry. */
export function counterOf<Label extends string>(
  registry: Registry,
  options: { readonly name: string; readonly help: string; readonly labelNames: readonly Label[] },
): Counter<Label> {
  const found = registry.getSingleMetric(options.name);
  if (found !== undefined) return found as Counter<Label>;
  return new Counter({ ...options, labelNames: [...options.labelNames], registers: [registry] });
}
