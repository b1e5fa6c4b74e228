import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What the gauges read when somebody asks. */
export interface QueueState {
  readonly spans: number;
  readonly bytes: number;
  readonly maxBytes: number;
}

/** Mean size of a span in memory until the first one was seen. */
const ASSUMED_SPAN_BYTES = 1024;

/**
 * v1's metrics of the collector's queue. There is no queue here: spans in flight take its place, so that a dashboard's
 * `queue_length / queue_capacity` still says how full the collector is. Capacity is the memory bound in spans of the size seen so far.
 */
export class QueueMetrics {
  readonly #host: string;
  readonly #dropped: Counter<"host">;
  readonly #saveLatency: Histogram<"host">;
  readonly #inQueueLatency: Histogram<"host">;
  #batchSize = 0;
  #seenSpans = 0;
  #seenBytes = 0;

  constructor(registry: Registry, host: string, state: () => QueueState, serviceCount: () => number) {
    this.#host = host;
    const gauge = (name: string, help: string, value: () => number, aggregator: "sum" | "max" = "sum") =>
      new Gauge({
        // How several processes of one collector make one value.
        aggregator,
        name: `jaeger_collector_${name}`,
        help,
        labelNames: ["host"],
        registers: [registry],
        collect() {
          this.set({ host }, value());
        },
      });
    gauge("batch_size", "Spans in the last received batch", () => this.#batchSize, "max");
    gauge("queue_length", "Spans in flight between receivers and store", () => state().spans);
    gauge("queue_capacity", "Spans that fit into the memory bound", () =>
      Math.floor(state().maxBytes / this.#spanBytes()),
    );
    gauge("spans_bytes", "Bytes in flight between receivers and store", () => state().bytes);
    gauge("spans_serviceNames", "Service names seen", serviceCount, "max");
    this.#dropped = new Counter({
      name: "jaeger_collector_spans_dropped_total",
      help: "Spans refused because the memory bound was reached; their senders were told",
      labelNames: ["host"],
      registers: [registry],
    });
    this.#dropped.inc({ host }, 0);
    const latency = (name: string, help: string) =>
      new Histogram({ name: `jaeger_collector_${name}`, help, labelNames: ["host"], registers: [registry] });
    this.#saveLatency = latency("save_latency", "Seconds until the store had a batch");
    this.#inQueueLatency = latency("in_queue_latency", "Seconds a batch waited before it went to the store");
    this.#saveLatency.zero({ host });
    this.#inQueueLatency.zero({ host });
  }

  batch(spans: number, bytes: number): void {
    this.#batchSize = spans;
    this.#seenSpans += spans;
    this.#seenBytes += bytes;
  }

  dropped(spans: number): void {
    this.#dropped.inc({ host: this.#host }, spans);
  }

  saved(waitedSeconds: number, tookSeconds: number): void {
    this.#inQueueLatency.observe({ host: this.#host }, waitedSeconds);
    this.#saveLatency.observe({ host: this.#host }, tookSeconds);
  }

  #spanBytes(): number {
    return this.#seenSpans === 0 ? ASSUMED_SPAN_BYTES : Math.max(1, this.#seenBytes / this.#seenSpans);
  }
}
