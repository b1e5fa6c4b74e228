import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** v1's metrics of an ingester, and those of what it does not have. */
export interface IngesterMetrics {
  messages(partition: number, count: number): void;
  fetchFailed(partition: number): void;
  partitionStarted(partition: number): void;
  partitionClosed(partition: number): void;
  held(partitions: number): void;
  position(partition: number, offset: number, lag: number): void;
  behind(partition: number, lag: number): void;
  committed(partition: number, offset: number): void;
  processed(seconds: number): void;
  failed(): void;
  retried(): void;
  deadLettered(reason: string): void;
  restarted(partition: number): void;
}

/** `topic` is the one that is read. */
export function createIngesterMetrics(registry: Registry, topic: string): IngesterMetrics {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name: `jaeger_ingester_${name}`, help, labelNames: [...labelNames], registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name: `jaeger_ingester_${name}`, help, labelNames: [...labelNames], registers });
  const byPartition = ["topic", "partition"] as const;
  const messages = counter("sarama_consumer_messages_total", "messages", byPartition);
  const errors = counter("sarama_consumer_errors_total", "errors", byPartition);
  const starts = counter("sarama_consumer_partition_start_total", "partition-start", byPartition);
  const closes = counter("sarama_consumer_partition_close_total", "partition-close", byPartition);
  const held = gauge("sarama_consumer_partitions_held", "partitions-held");
  const offsets = gauge("sarama_consumer_current_offset", "current-offset", byPartition);
  const lags = gauge("sarama_consumer_offset_lag", "offset-lag", byPartition);
  const commits = counter("offset_commits_total", "offset-commits", ["topic", "partition"]);
  const committed = gauge("last_committed_offset", "last-committed-offset", ["topic", "partition"]);
  const failures = counter("span_processor_errors_total", "errors");
  const retries = counter("span_processor_retry_attempts_total", "retry-attempts");
  const restarts = counter("deadlockdetector_close_signalled_total", "close-signalled", ["partition"]);
  // What v1 counts and what does not happen here: its dashboards and alerts ask for them.
  counter("span_processor_retry_exhausted_total", "retry-exhausted");
  counter("deadlockdetector_panic_issued_total", "panic-issued", ["partition"]);
  const latency = new Histogram({ name: "jaeger_ingester_span_processor_latency", help: "latency", registers });
  const deadLetters = new Counter({
    name: "spoor_ingester_dead_letters_total",
    help: "Messages that went to the dead letters, or were dropped where there are none, by reason",
    labelNames: ["reason"],
    registers,
  });
  return {
    messages: (partition, count) => messages.inc({ topic, partition }, count),
    fetchFailed: (partition) => errors.inc({ topic, partition }),
    partitionStarted: (partition) => starts.inc({ topic, partition }),
    partitionClosed(partition) {
      closes.inc({ topic, partition });
      // Whoever has it now tells of it.
      lags.remove({ topic, partition });
      offsets.remove({ topic, partition });
    },
    held: (count) => held.set(count),
    position(partition, offset, lag) {
      offsets.set({ topic, partition }, offset);
      lags.set({ topic, partition }, lag);
    },
    behind: (partition, lag) => lags.set({ topic, partition }, lag),
    committed(partition, offset) {
      commits.inc({ topic, partition });
      committed.set({ topic, partition }, offset);
    },
    processed: (seconds) => latency.observe(seconds),
    failed: () => failures.inc(),
    retried: () => retries.inc(),
    deadLettered: (reason) => deadLetters.inc({ reason }),
    restarted: (partition) => restarts.inc({ partition }),
  };
}
