import { Counter, Gauge, type Registry } from "prom-client";
import type { EngineStats } from "./messages.ts";

const PREFIX = "spoor_storage_embedded_";

type Figure = Exclude<keyof EngineStats, "tenants">;

const COUNTERS: readonly (readonly [Figure, name: string, help: string])[] = [
  ["flushes", "flushes_total", "Group commits that reached the disk"],
  ["flushFailures", "flush_failures_total", "Group commits that failed"],
  ["spansWritten", "spans_written_total", "Spans that reached the disk"],
  ["bytesWritten", "span_bytes_written_total", "Encoded bytes of spans that reached the disk"],
  ["blocksWritten", "blocks_written_total", "Blocks written to slices"],
  ["blockFailures", "block_failures_total", "Attempts to write a block that failed"],
  ["blockSeconds", "block_write_seconds_total", "Time spent writing blocks"],
  ["slicesDropped", "slices_dropped_total", "Slice files removed for age or size"],
  ["corruptSlices", "corrupt_slices_total", "Slice files set aside because they cannot be read"],
  ["unreadableRows", "unreadable_rows_total", "Reads that met a row that cannot be read"],
  ["damagedJournalBytes", "damaged_journal_bytes_total", "Bytes of the journal lost to damage"],
  ["namesDropped", "names_dropped_total", "Operation names not listed because there are too many"],
];

const GAUGES: readonly (readonly [Figure, name: string, help: string])[] = [
  ["sliceFiles", "slice_files", "Slice files"],
  ["blocks", "blocks", "Blocks in all slices"],
  ["diskBytes", "disk_bytes", "Bytes of slices and journal on disk"],
  ["cacheBytes", "cache_bytes", "Memory that cached rows take"],
  ["unsealedSpans", "unsealed_spans", "Spans in the journal that are in no block yet"],
  ["names", "names", "Operation names known"],
];

/** What the writer knows, beside the engine's figures. */
export interface WriterFigures {
  readonly pendingBytes: number;
  readonly refusedBatches: number;
}

/** Puts a store's figures on a registry, where they are read when it is scraped. */
export class StorageMetrics {
  readonly #registry: Registry;
  #stats: EngineStats | undefined;

  constructor(registry: Registry, writer: () => WriterFigures) {
    this.#registry = registry;
    const registers = [registry];
    for (const [figure, name, help] of COUNTERS) {
      const read = () => this.#stats?.[figure] ?? 0;
      new Counter({ name: PREFIX + name, help, registers, collect: collectCounter(read) });
    }
    for (const [figure, name, help] of GAUGES) {
      const read = () => this.#stats?.[figure] ?? 0;
      new Gauge({ name: PREFIX + name, help, registers, collect: collectGauge(read) });
    }
    new Gauge({
      name: `${PREFIX}pending_bytes`,
      help: "Bytes accepted that are not durable yet",
      registers,
      collect: collectGauge(() => writer().pendingBytes),
    });
    new Counter({
      name: `${PREFIX}refused_batches_total`,
      help: "Batches refused because too much is pending or there are too many tenants",
      registers,
      collect: collectCounter(() => writer().refusedBatches),
    });
  }

  update(stats: EngineStats): void {
    this.#stats = stats;
  }

  /** Takes the metrics off the registry, for a store to be opened again. */
  remove(): void {
    for (const [, name] of [...COUNTERS, ...GAUGES]) this.#registry.removeSingleMetric(PREFIX + name);
    this.#registry.removeSingleMetric(`${PREFIX}pending_bytes`);
    this.#registry.removeSingleMetric(`${PREFIX}refused_batches_total`);
  }
}

function collectCounter(read: () => number) {
  return function (this: Counter): void {
    this.reset();
    this.inc(read());
  };
}

function collectGauge(read: () => number) {
  return function (this: Gauge): void {
    this.set(read());
  };
}
