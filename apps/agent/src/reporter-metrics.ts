import type { SpanBatch } from "@spoor/span-wire";
import { Counter, Gauge, type Registry } from "prom-client";

const PROTOCOL = "grpc";
const FORMATS = ["jaeger", "zipkin"] as const;

/** v1's metrics of an agent's way to the collectors. */
export class ReporterMetrics {
  readonly #counters: Readonly<
    Record<"batches_submitted" | "batches_failures" | "spans_submitted" | "spans_failures", Counter>
  >;
  readonly #batchSize: Gauge;
  readonly #proxied: Counter;
  readonly #connected: Gauge;
  readonly #reconnects: Counter;

  constructor(registry: Registry) {
    const counter = (name: string, help: string) => {
      const created = new Counter({
        name: `jaeger_agent_reporter_${name}_total`,
        help,
        labelNames: ["format", "protocol"],
        registers: [registry],
      });
      for (const format of FORMATS) created.inc({ format, protocol: PROTOCOL }, 0);
      return created;
    };
    this.#counters = {
      batches_submitted: counter("batches_submitted", "Batches that a collector took"),
      batches_failures: counter("batches_failures", "Batches given up"),
      spans_submitted: counter("spans_submitted", "Spans that a collector took"),
      spans_failures: counter("spans_failures", "Spans given up"),
    };
    this.#batchSize = new Gauge({
      name: "jaeger_agent_reporter_batch_size",
      help: "Spans in the last batch",
      labelNames: ["format", "protocol"],
      registers: [registry],
    });
    for (const format of FORMATS) this.#batchSize.set({ format, protocol: PROTOCOL }, 0);
    this.#proxied = new Counter({
      name: "jaeger_agent_collector_proxy_total",
      help: "Requests passed on to a collector",
      labelNames: ["endpoint", "result", "protocol"],
      registers: [registry],
    });
    for (const result of ["ok", "err"]) {
      this.#proxied.inc({ endpoint: "sampling", result, protocol: PROTOCOL }, 0);
    }
    this.#connected = new Gauge({
      name: "jaeger_agent_connection_status_collector_connected",
      help: "1 while a collector is connected",
      labelNames: ["protocol"],
      registers: [registry],
    });
    this.#connected.set({ protocol: PROTOCOL }, 0);
    this.#reconnects = new Counter({
      name: "jaeger_agent_connection_status_collector_reconnects_total",
      help: "Times a connection to a collector came up",
      labelNames: ["protocol"],
      registers: [registry],
    });
    this.#reconnects.inc({ protocol: PROTOCOL }, 0);
  }

  submitted(batch: SpanBatch): void {
    this.#count(batch, "batches_submitted", "spans_submitted");
  }

  failed(batch: SpanBatch): void {
    this.#count(batch, "batches_failures", "spans_failures");
  }

  proxied(result: "ok" | "err"): void {
    this.#proxied.inc({ endpoint: "sampling", result, protocol: PROTOCOL });
  }

  connected(isConnected: boolean): void {
    this.#connected.set({ protocol: PROTOCOL }, isConnected ? 1 : 0);
    if (isConnected) this.#reconnects.inc({ protocol: PROTOCOL });
  }

  #count(
    batch: SpanBatch,
    batches: "batches_submitted" | "batches_failures",
    spans: "spans_submitted" | "spans_failures",
  ): void {
    const labels = { format: batch.format === "zipkin" ? "zipkin" : "jaeger", protocol: PROTOCOL };
    this.#counters[batches].inc(labels);
    this.#counters[spans].inc(labels, batch.spans.length);
    this.#batchSize.set(labels, batch.spans.length);
  }
}
