import { Counter, Gauge, type Registry } from "prom-client";

/** Why a trace gave way to newer ones. */
export type DisplacementReason = "max_traces" | "max_bytes";

export interface StoreSize {
  readonly bytes: number;
  readonly traces: number;
  readonly spans: number;
}

/** What the store tells the outside about itself. */
export interface MemoryMetrics {
  displaced(reason: DisplacementReason, traces: number): void;
  /** Called once, with a way to ask for the size at any time. */
  observe(size: () => StoreSize): void;
}

export const NO_METRICS: MemoryMetrics = { displaced: () => {}, observe: () => {} };

/** Metrics in `registry`; v1 has none of its memory store. */
export function createMemoryMetrics(registry: Registry): MemoryMetrics {
  const displaced = new Counter({
    name: "spoor_memory_displaced_traces_total",
    help: "Traces that gave way to newer ones",
    labelNames: ["reason"],
    registers: [registry],
  });
  return {
    displaced: (reason, traces) => displaced.inc({ reason }, traces),
    observe: (size) => {
      for (const part of ["bytes", "traces", "spans"] as const) {
        new Gauge({
          name: `spoor_memory_${part}`,
          help: `${part} in the memory store`,
          registers: [registry],
          collect() {
            this.set(size()[part]);
          },
        });
      }
    },
  };
}
