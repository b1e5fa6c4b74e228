import type { SpanFormat, SpanTransport } from "@spoor/span-wire";
import { Counter, type Registry } from "prom-client";
import { SAMPLER_TYPES } from "./sampler-type.ts";
import { ServiceTable } from "./service-table.ts";
import type { BatchTally } from "./tally.ts";

type SaveResult = "ok" | "err";

/**
 * v1's counters of received and saved spans and traces. The hot path adds to plain numbers; prom-client sees them when somebody asks.
 */
export class SpanMetrics {
  readonly #received = new Map<string, SourceTable>();
  readonly #rejected = new Map<string, SourceTable>();
  readonly #saved: Readonly<Record<SaveResult, ServiceTable>> = { ok: new ServiceTable(), err: new ServiceTable() };

  constructor(registry: Registry) {
    sourceCounters(registry, "received", "Number of spans received by the collector", this.#received);
    sourceCounters(registry, "rejected", "Number of spans that the store refused for good", this.#rejected);
    savedCounters(registry, this.#saved);
  }

  /** Labels seen in received spans. */
  get serviceCount(): number {
    const labels = new Set<string>();
    for (const { services } of this.#received.values()) for (const [label] of services.entries()) labels.add(label);
    return labels.size;
  }

  received(format: SpanFormat, transport: SpanTransport, batch: BatchTally): void {
    tableOf(this.#received, format, transport).add(batch);
  }

  rejected(format: SpanFormat, transport: SpanTransport, batch: BatchTally): void {
    tableOf(this.#rejected, format, transport).add(batch);
  }

  saved(result: SaveResult, batch: BatchTally): void {
    this.#saved[result].add(batch);
  }
}

interface SourceTable {
  readonly format: SpanFormat;
  readonly transport: SpanTransport;
  readonly services: ServiceTable;
}

function tableOf(tables: Map<string, SourceTable>, format: SpanFormat, transport: SpanTransport): ServiceTable {
  const key = `${format} ${transport}`;
  let table = tables.get(key);
  if (table === undefined) {
    table = { format, transport, services: new ServiceTable() };
    tables.set(key, table);
  }
  return table.services;
}

function sourceCounters(
  registry: Registry,
  name: "received" | "rejected",
  help: string,
  tables: ReadonlyMap<string, SourceTable>,
): void {
  new Counter({
    name: `jaeger_collector_spans_${name}_total`,
    help,
    labelNames: ["svc", "debug", "format", "transport"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { format, transport, services } of tables.values()) {
        for (const [svc, { spans }] of services.entries()) {
          spans.forEach((count, debug) => {
            if (count > 0) this.inc({ svc, debug: debugLabel(debug), format, transport }, count);
          });
        }
      }
    },
  });
  new Counter({
    name: `jaeger_collector_traces_${name}_total`,
    help: `${help} that are the root of their trace`,
    labelNames: ["svc", "debug", "format", "transport", "sampler_type"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { format, transport, services } of tables.values()) {
        for (const [svc, { traces }] of services.entries()) {
          traces.forEach((count, index) => {
            if (count > 0) this.inc({ svc, format, transport, ...traceLabels(index) }, count);
          });
        }
      }
    },
  });
}

function savedCounters(registry: Registry, saved: Readonly<Record<SaveResult, ServiceTable>>): void {
  const results = Object.entries(saved) as readonly [SaveResult, ServiceTable][];
  new Counter({
    name: "jaeger_collector_spans_saved_by_svc_total",
    help: "Number of spans given to the store, by its answer",
    labelNames: ["svc", "debug", "result"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [result, services] of results) {
        for (const [svc, { spans }] of services.entries()) {
          spans.forEach((count, debug) => {
            if (count > 0) this.inc({ svc, debug: debugLabel(debug), result }, count);
          });
        }
      }
    },
  });
  new Counter({
    name: "jaeger_collector_traces_saved_by_svc_total",
    help: "Number of root spans given to the store, by its answer",
    labelNames: ["svc", "debug", "result", "sampler_type"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [result, services] of results) {
        for (const [svc, { traces }] of services.entries()) {
          traces.forEach((count, index) => {
            if (count > 0) this.inc({ svc, result, ...traceLabels(index) }, count);
          });
        }
      }
    },
  });
}

function debugLabel(index: number): string {
  return index === 0 ? "false" : "true";
}

function traceLabels(index: number): { readonly debug: string; readonly sampler_type: string } {
  const samplers = SAMPLER_TYPES.length;
  return {
    debug: debugLabel(Math.floor(index / samplers)),
    sampler_type: SAMPLER_TYPES[index % samplers] ?? "unrecognized",
  };
}
