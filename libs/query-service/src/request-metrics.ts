import { Counter, Histogram, type Registry } from "prom-client";

const LABELS = ["kind", "operation", "result", "role"];
const RESULTS = ["ok", "err"] as const;

/** v1's `jaeger_storage_requests_total` and `jaeger_storage_latency`, shared by all readers of a daemon, which differ in their labels. */
export class RequestMetrics<Operation extends string> {
  readonly #labels: { readonly kind: string; readonly role: string };
  readonly #requests: Counter;
  readonly #latency: Histogram;

  constructor(
    registry: Registry,
    labels: { readonly kind: string; readonly role: string },
    operations: readonly Operation[],
  ) {
    this.#labels = labels;
    const registers = [registry];
    this.#requests =
      (registry.getSingleMetric("jaeger_storage_requests_total") as Counter | undefined) ??
      new Counter({
        name: "jaeger_storage_requests_total",
        help: "Requests to the storage backend",
        labelNames: LABELS,
        registers,
      });
    this.#latency =
      (registry.getSingleMetric("jaeger_storage_latency") as Histogram | undefined) ??
      new Histogram({
        name: "jaeger_storage_latency",
        help: "Seconds a request to the storage backend took",
        labelNames: LABELS,
        registers,
      });
    for (const operation of operations) {
      for (const result of RESULTS) {
        this.#requests.inc({ ...labels, operation, result }, 0);
        this.#latency.zero({ ...labels, operation, result });
      }
    }
  }

  /** The function to call at the end. */
  start(operation: Operation): (result: (typeof RESULTS)[number]) => void {
    const startMs = performance.now();
    return (result) => {
      const labels = { ...this.#labels, operation, result };
      this.#requests.inc(labels);
      this.#latency.observe(labels, (performance.now() - startMs) / 1000);
    };
  }
}
