import { Counter, Histogram, type Registry } from "prom-client";

/** v1's metrics of writes or reads, by table. A latency is that of a request. */
export interface StorageMetrics {
  /** Metrics of one table. */
  table(name: string): TableMetrics;
  tagsSkipped(tags: number): void;
}

export interface TableMetrics {
  attempt(rows: number): void;
  inserted(rows: number, seconds: number): void;
  failed(rows: number, seconds: number): void;
}

const NO_TABLE_METRICS: TableMetrics = { attempt: () => {}, inserted: () => {}, failed: () => {} };
const NO_METRICS: StorageMetrics = { table: () => NO_TABLE_METRICS, tagsSkipped: () => {} };

interface Instruments {
  readonly attempts: Counter;
  readonly inserts: Counter;
  readonly errors: Counter;
  readonly latencyOk: Histogram;
  readonly latencyErr: Histogram;
  readonly tagSkipped: Counter | undefined;
}

type Prefix = "" | "read_";

const instrumentsOf = { "": new WeakMap<Registry, Instruments>(), read_: new WeakMap<Registry, Instruments>() };

export type Role = "primary" | "archive";

/** `jaeger_storage_*{kind="cassandra"}`: attempts, inserts and errors are rows. */
export function createWriteMetrics(registry: Registry | undefined, role: Role): StorageMetrics {
  return registry === undefined ? NO_METRICS : createMetrics(registry, role, "");
}

/** `jaeger_storage_read_*{kind="cassandra"}`: attempts and errors are requests; v1 calls those that were answered inserts. */
export function createReadMetrics(registry: Registry | undefined, role: Role): StorageMetrics {
  return registry === undefined ? NO_METRICS : createMetrics(registry, role, "read_");
}

function createMetrics(registry: Registry, role: Role, prefix: Prefix): StorageMetrics {
  const made = instruments(registry, prefix);
  const tables = new Map<string, TableMetrics>();
  const skipped = made.tagSkipped?.labels({ kind: "cassandra", role });
  return {
    table(name) {
      let table = tables.get(name);
      if (table === undefined) {
        table = tableMetrics(made, { kind: "cassandra", role, table: name });
        tables.set(name, table);
      }
      return table;
    },
    tagsSkipped: (tags) => skipped?.inc(tags),
  };
}

function tableMetrics(made: Instruments, labels: Readonly<Record<string, string>>): TableMetrics {
  const attempts = made.attempts.labels(labels);
  const inserts = made.inserts.labels(labels);
  const errors = made.errors.labels(labels);
  const latencyOk = made.latencyOk.labels(labels);
  const latencyErr = made.latencyErr.labels(labels);
  let isShown = false;
  return {
    attempt: (rows) => {
      attempts.inc(rows);
      if (isShown) return;
      isShown = true;
      inserts.inc(0);
      errors.inc(0);
    },
    inserted: (rows, seconds) => {
      inserts.inc(rows);
      latencyOk.observe(seconds);
    },
    failed: (rows, seconds) => {
      errors.inc(rows);
      latencyErr.observe(seconds);
    },
  };
}

function instruments(registry: Registry, prefix: Prefix): Instruments {
  let made = instrumentsOf[prefix].get(registry);
  if (made === undefined) {
    const common = { registers: [registry], labelNames: ["kind", "role", "table"] };
    made = {
      attempts: new Counter({ name: `jaeger_storage_${prefix}attempts_total`, help: "attempts", ...common }),
      inserts: new Counter({ name: `jaeger_storage_${prefix}inserts_total`, help: "inserts", ...common }),
      errors: new Counter({ name: `jaeger_storage_${prefix}errors_total`, help: "errors", ...common }),
      latencyOk: new Histogram({ name: `jaeger_storage_${prefix}latency_ok`, help: "latency-ok", ...common }),
      latencyErr: new Histogram({ name: `jaeger_storage_${prefix}latency_err`, help: "latency-err", ...common }),
      tagSkipped:
        prefix === ""
          ? new Counter({
              name: "jaeger_storage_tag_index_skipped_total",
              help: "tag_index_skipped",
              registers: [registry],
              labelNames: ["kind", "role"],
            })
          : undefined,
    };
    instrumentsOf[prefix].set(registry, made);
  }
  return made;
}
