import { Counter, Histogram, type Registry } from "prom-client";

/** What the store counts of its writes: v1's names, and how many documents the server refused. */
export interface BulkMetrics {
  /** A bulk request of so many documents was answered, or was not. */
  sent(documents: number, milliseconds: number, isOk: boolean): void;
  /** The server refused a document with this status, for now or for good. */
  refusedByServer(status: number): void;
  /** A span whose time is far from now went to the index of now. */
  farOff(): void;
}

export const NO_METRICS: BulkMetrics = { sent: () => {}, refusedByServer: () => {}, farOff: () => {} };

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const PREFIX = "jaeger_storage_bulk_index";

/** Metrics in `registry`. Several stores of one process share them, told apart by kind and role. */
export function createBulkMetrics(registry: Registry, kind: string, role: "primary" | "archive"): BulkMetrics {
  const labels = { kind, role };
  const labelNames = ["kind", "role"] as const;
  const counter = (name: string, help: string) =>
    (registry.getSingleMetric(name) as Counter<"kind" | "role"> | undefined) ??
    new Counter({ name, help, labelNames, registers: [registry] });
  const histogram = (name: string, help: string) =>
    (registry.getSingleMetric(name) as Histogram<"kind" | "role"> | undefined) ??
    new Histogram({ name, help, labelNames, buckets: SECONDS, registers: [registry] });
  const attempts = counter(`${PREFIX}_attempts_total`, "Bulk requests");
  const inserts = counter(`${PREFIX}_inserts_total`, "Bulk requests that the server answered");
  const errors = counter(`${PREFIX}_errors_total`, "Bulk requests that failed");
  const latencyOk = histogram(`${PREFIX}_latency_ok`, "Time of bulk requests that the server answered");
  const latencyError = histogram(`${PREFIX}_latency_err`, "Time of bulk requests that failed");
  const documents = counter("spoor_storage_bulk_documents_total", "Documents in bulk requests");
  const farOff = counter(
    "spoor_storage_far_off_spans_total",
    "Spans whose start is so far off that they went to the index of now",
  );
  const refused =
    (registry.getSingleMetric("spoor_storage_bulk_refused_documents_total") as
      | Counter<"kind" | "role" | "status">
      | undefined) ??
    new Counter({
      name: "spoor_storage_bulk_refused_documents_total",
      help: "Documents that the server refused, for now or for good, by its status",
      labelNames: ["kind", "role", "status"],
      registers: [registry],
    });
  for (const each of [attempts, inserts, errors, farOff]) each.inc(labels, 0);
  return {
    sent(count, milliseconds, isOk) {
      attempts.inc(labels);
      (isOk ? inserts : errors).inc(labels);
      (isOk ? latencyOk : latencyError).observe(labels, milliseconds / 1000);
      documents.inc(labels, count);
    },
    refusedByServer: (status) => refused.inc({ ...labels, status }),
    farOff: () => farOff.inc(labels),
  };
}
