import { Counter, Gauge, type Registry } from "prom-client";

export interface KafkaMetrics {
  written(spans: number): void;
  failed(spans: number): void;
  truncated(): void;
}

export const NO_METRICS: KafkaMetrics = { written: () => {}, failed: () => {}, truncated: () => {} };

/** v1's counter of written spans, and two of our own. */
export function createMetrics(registry: Registry, bufferedBytes: () => number): KafkaMetrics {
  const spans = new Counter({
    name: "jaeger_storage_kafka_spans_written_total",
    help: "spans_written",
    labelNames: ["kind", "role", "status"],
    registers: [registry],
  });
  const truncated = new Counter({
    name: "spoor_kafka_spans_truncated_total",
    help: "Spans whose longest values were cut so that they fit into a message",
    registers: [registry],
  });
  new Gauge({
    name: "spoor_kafka_buffered_bytes",
    help: "Bytes that wait for the broker",
    registers: [registry],
    collect() {
      this.set(bufferedBytes());
    },
  });
  const labels = (status: string) => ({ kind: "kafka", role: "primary", status });
  const success = labels("success");
  const failure = labels("failure");
  spans.inc(success, 0);
  spans.inc(failure, 0);
  return {
    written: (count) => spans.inc(success, count),
    failed: (count) => spans.inc(failure, count),
    truncated: () => truncated.inc(),
  };
}
