import { Counter, Histogram, type Registry } from "prom-client";

/** v1's metrics of a store, `jaeger_storage_*{kind="cassandra"}`. */
export interface StorageMetrics {
  attempt(table: string, rows: number): void;
  inserted(table: string, rows: number, seconds: number): void;
  failed(table: string, rows: number, seconds: number): void;
  tagSkipped(): void;
}

export const NO_METRICS: StorageMetrics = {
  attempt: () => {},
  inserted: () => {},
  failed: () => {},
  tagSkipped: () => {},
};

interface Instruments {
  readonly attempts: Counter;
  readonly inserts: Counter;
  readonly errors: Counter;
  readonly latencyOk: Histogram;
  readonly latencyErr: Histogram;
  readonly tagSkipped: Counter;
}

const instrumentsOf = new WeakMap<Registry, Instruments>();

/** Metrics of one role, `primary` or `archive`, in `registry`. */
export function createMetrics(registry: Registry, role: "primary" | "archive"): StorageMetrics {
  const { attempts, inserts, errors, latencyOk, latencyErr, tagSkipped } = instruments(registry);
  const labels = (table: string) => ({ kind: "cassandra", role, table });
  return {
    attempt: (table, rows) => attempts.inc(labels(table), rows),
    inserted: (table, rows, seconds) => {
      inserts.inc(labels(table), rows);
      latencyOk.observe(labels(table), seconds);
    },
    failed: (table, rows, seconds) => {
      errors.inc(labels(table), rows);
      latencyErr.observe(labels(table), seconds);
    },
    tagSkipped: () => tagSkipped.inc({ kind: "cassandra", role }),
  };
}

function instruments(registry: Registry): Instruments {
  let made = instrumentsOf.get(registry);
  if (made === undefined) {
    const common = { registers: [registry], labelNames: ["kind", "role", "table"] };
    made = {
      attempts: new Counter({ name: "jaeger_storage_attempts_total", help: "attempts", ...common }),
      inserts: new Counter({ name: "jaeger_storage_inserts_total", help: "inserts", ...common }),
      errors: new Counter({ name: "jaeger_storage_errors_total", help: "errors", ...common }),
      latencyOk: new Histogram({ name: "jaeger_storage_latency_ok", help: "latency-ok", ...common }),
      latencyErr: new Histogram({ name: "jaeger_storage_latency_err", help: "latency-err", ...common }),
      tagSkipped: new Counter({
        name: "jaeger_storage_tag_index_skipped_total",
        help: "tag_index_skipped",
        registers: [registry],
        labelNames: ["kind", "role"],
      }),
    };
    instrumentsOf.set(registry, made);
  }
  return made;
}
