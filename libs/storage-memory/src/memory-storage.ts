import { randomInt } from "node:crypto";
import { MemorySamplingStorage } from "@spoor/sampling";
import type { TraceId } from "@spoor/span-model";
import type { SpanBatch } from "@spoor/span-wire";
import {
  type Operation,
  type ReadOptions,
  type Storage,
  StorageError,
  type TraceQuery,
  type TraceReader,
  type WriteOptions,
} from "@spoor/storage-api";
import { countLinks } from "./dependencies.ts";
import { type MemoryMetrics, NO_METRICS } from "./metrics.ts";
import { Pace } from "./pace.ts";
import { NONE } from "./record-table.ts";
import { search } from "./search.ts";
import { TenantStore } from "./tenant-store.ts";

export interface MemoryStorageOptions {
  /** Traces kept a tenant, as v1's `--memory.max-traces`; the trace first seen longest ago gives way. 0: any number. */
  readonly maxTraces?: number;
  /** Bytes that all tenants together may hold. The oldest traces of the tenant that holds most give way. */
  readonly maxBytes?: number;
  /** Tenants that can have spans at all. */
  readonly maxTenants?: number;
  readonly metrics?: MemoryMetrics;
}

export const DEFAULT_MAX_BYTES = 512 * 1024 * 1024;
export const DEFAULT_MAX_TENANTS = 1000;
const SPANS_A_CHUNK = 1000;
/** A batch may displace others, but not most of the store at once. */
const LARGEST_BATCH_SHARE = 0.5;

/** A store in memory, open until closed. */
export function openMemoryStorage(options: MemoryStorageOptions = {}): Promise<Storage> {
  return Promise.resolve(new MemoryStorage(options));
}

class MemoryStorage implements Storage {
  readonly kind = "memory";
  readonly capabilities = { persistent: false, searchWithoutService: true, tenancy: true, archive: false };
  readonly writer = { write: (batch: SpanBatch, options?: WriteOptions) => this.#write(batch, options) };
  readonly sampling = new MemorySamplingStorage();
  readonly dependencies = {
    getDependencies: async (
      range: { readonly startTimeMs: number; readonly endTimeMs: number },
      options: ReadOptions,
    ) => {
      const store = this.#read(options);
      return store === undefined ? [] : countLinks(store, range, this.#pace(options));
    },
  };
  readonly reader: TraceReader = {
    getTrace: (traceId, options) => this.#getTrace(traceId, options),
    getTraces: (traceIds, options) => this.#getTraces(traceIds, options),
    findTraceIds: (query, options) => this.#findTraceIds(query, options),
    getServices: async (options) => this.#getServices(options),
    getOperations: async (query, options) => this.#getOperations(query, options),
  };
  readonly #maxTraces: number;
  readonly #maxBytes: number;
  readonly #maxTenants: number;
  readonly #metrics: MemoryMetrics;
  readonly #tenants = new Map<string, TenantStore>();
  #closed = false;

  constructor(options: MemoryStorageOptions) {
    this.#maxTraces = options.maxTraces ?? 0;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#maxTenants = options.maxTenants ?? DEFAULT_MAX_TENANTS;
    this.#metrics = options.metrics ?? NO_METRICS;
    this.#metrics.observe(() => this.#size());
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#tenants.clear();
    return Promise.resolve();
  }

  async #write(batch: SpanBatch, options: WriteOptions = {}): Promise<void> {
    this.#checkOpen();
    options.signal?.throwIfAborted();
    if (batch.byteLength > this.#maxBytes * LARGEST_BATCH_SHARE) {
      throw new StorageError("REJECTED", `batch of ${batch.byteLength} bytes is too large for ${this.#maxBytes}`);
    }
    if (batch.spans.length === 0) return;
    const displaced = this.#tenant(batch.tenant).write(batch);
    if (displaced > 0) this.#metrics.displaced("max_traces", displaced);
    this.#shrink();
  }

  async *#getTrace(traceId: TraceId, options: ReadOptions) {
    const store = this.#read(options);
    if (store === undefined) return;
    const spans = store.spansOf(store.findTrace(traceId));
    for (let at = 0; at < spans.length; at += SPANS_A_CHUNK) yield spans.slice(at, at + SPANS_A_CHUNK);
  }

  async *#getTraces(traceIds: readonly TraceId[], options: ReadOptions) {
    this.#read(options);
    for (const traceId of traceIds) {
      const store = this.#read(options);
      const spans = store?.spansOf(store.findTrace(traceId)) ?? [];
      if (spans.length > 0) yield { traceId, spans };
    }
  }

  async #findTraceIds(query: TraceQuery, options: ReadOptions) {
    const store = this.#read(options) ?? new TenantStore(0, 0);
    return search(store, query, this.#pace(options));
  }

  #getServices(options: ReadOptions): string[] {
    const store = this.#read(options);
    return store === undefined ? [] : Array.from(store.names.services(), (service) => service.name).sort();
  }

  #getOperations(
    query: { readonly serviceName: string; readonly spanKind?: string },
    options: ReadOptions,
  ): Operation[] {
    const operations = this.#read(options)?.names.service(query.serviceName)?.operations ?? [];
    return Array.from(operations, ({ name, spanKind }) => ({ name, spanKind }))
      .filter(({ spanKind }) => query.spanKind === undefined || spanKind === query.spanKind)
      .sort((a, b) => compareText(a.name, b.name) || compareText(a.spanKind, b.spanKind));
  }

  #tenant(name: string): TenantStore {
    let store = this.#tenants.get(name);
    if (store === undefined) {
      if (this.#tenants.size >= this.#maxTenants) {
        throw new StorageError("REJECTED", `no room for another tenant: there are ${this.#maxTenants}`);
      }
      store = new TenantStore(this.#maxTraces, randomInt(2 ** 31));
      this.#tenants.set(name, store);
    }
    return store;
  }

  #read(options: ReadOptions): TenantStore | undefined {
    this.#checkOpen();
    options.signal?.throwIfAborted();
    return this.#tenants.get(options.tenant);
  }

  #pace(options: ReadOptions): Pace {
    return new Pace(() => {
      this.#checkOpen();
      options.signal?.throwIfAborted();
    });
  }

  #checkOpen(): void {
    if (this.#closed) throw new StorageError("CLOSED", "the store is closed");
  }

  /** Drops the oldest traces of whoever holds most until the bytes fit. */
  #shrink(): void {
    let total = this.#size().bytes;
    while (total > this.#maxBytes) {
      const largest = [...this.#tenants.values()].reduce((a, b) => (a.use.bytes >= b.use.bytes ? a : b));
      const before = largest.use.bytes;
      let dropped = 0;
      while (total - (before - largest.use.bytes) > this.#maxBytes && largest.traces.oldest !== NONE && dropped < 100) {
        largest.dropOldest();
        dropped++;
      }
      if (dropped === 0) return;
      this.#metrics.displaced("max_bytes", dropped);
      total -= before - largest.use.bytes;
    }
  }

  #size(): { readonly bytes: number; readonly traces: number; readonly spans: number } {
    const size = { bytes: 0, traces: 0, spans: 0 };
    for (const store of this.#tenants.values()) {
      size.bytes += store.use.bytes;
      size.traces += store.traces.count;
      size.spans += store.spans.count;
    }
    return size;
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
