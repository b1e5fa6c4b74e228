import type { TraceId } from "@spoor/span-model";
import { parseTraceId } from "@spoor/span-model";
import type { EncodedSpan } from "@spoor/span-wire";
import {
  type DependencyLink,
  type DependencyReader,
  type FoundTraces,
  type Operation,
  type ReadOptions,
  StorageError,
  type TraceQuery,
  type TraceReader,
  type TraceSpans,
} from "@spoor/storage-api";
import type { TraceChunk } from "./trace-cursor.ts";
import { unpackSpans } from "./unpack.ts";
import type { WorkerClient } from "./worker-client.ts";

const MAX_TAGS = 128;

/** Reads through the engine's thread. */
export class EmbeddedReader implements TraceReader, DependencyReader {
  readonly #client: WorkerClient;

  constructor(client: WorkerClient) {
    this.#client = client;
  }

  async *getTrace(traceId: TraceId, options: ReadOptions): AsyncIterable<readonly EncodedSpan[]> {
    for await (const chunk of this.#chunks([traceId], options)) {
      if (chunk.packed.spanCount > 0) yield unpackSpans(chunk.packed);
    }
  }

  async *getTraces(traceIds: readonly TraceId[], options: ReadOptions): AsyncIterable<TraceSpans> {
    let current = -1;
    let spans: EncodedSpan[] = [];
    for await (const chunk of this.#chunks(traceIds, options)) {
      const unpacked = unpackSpans(chunk.packed);
      let at = 0;
      for (const [index, count] of chunk.traces) {
        if (index !== current) {
          if (spans.length > 0) yield { traceId: traceIds[current] as TraceId, spans };
          current = index;
          spans = [];
        }
        for (let i = 0; i < count; i++) spans.push(unpacked[at++] as EncodedSpan);
      }
    }
    if (spans.length > 0) yield { traceId: traceIds[current] as TraceId, spans };
  }

  async *#chunks(ids: readonly TraceId[], options: ReadOptions): AsyncIterable<TraceChunk> {
    const { tenant, signal } = options;
    signal?.throwIfAborted();
    for (const id of ids) if (!isTraceId(id)) throw new StorageError("INVALID_QUERY", `no trace id: ${id}`);
    const first = await this.#client.call("openTraces", { tenant, ids }, { signal });
    let isDone = first.cursor === 0;
    try {
      yield first.chunk;
      while (!isDone) {
        const chunk = await this.#client.call("nextTraces", first.cursor, { signal });
        isDone = chunk.done;
        yield chunk;
      }
    } finally {
      if (!isDone) this.#client.call("closeTraces", first.cursor).catch(() => undefined);
    }
  }

  async findTraceIds(query: TraceQuery, options: ReadOptions): Promise<FoundTraces> {
    if (!Number.isSafeInteger(query.limit) || query.limit < 1) {
      throw new StorageError("INVALID_QUERY", `limit must be a positive whole number, not ${query.limit}`);
    }
    if (query.tags.size > MAX_TAGS)
      throw new StorageError("INVALID_QUERY", `at most ${MAX_TAGS} tags can be asked for`);
    const ask = {
      tenant: options.tenant,
      serviceName: query.serviceName,
      operationName: query.operationName,
      tags: [...query.tags],
      startTimeMinNs: query.startTimeMinNs,
      startTimeMaxNs: query.startTimeMaxNs,
      durationMinNs: query.durationMinNs,
      durationMaxNs: query.durationMaxNs,
      limit: query.limit,
    };
    return this.#client.call("search", ask, { signal: options.signal });
  }

  getServices(options: ReadOptions): Promise<readonly string[]> {
    return this.#client.call("services", options.tenant, { signal: options.signal });
  }

  getOperations(
    query: { readonly serviceName: string; readonly spanKind?: string },
    options: ReadOptions,
  ): Promise<readonly Operation[]> {
    const ask = { tenant: options.tenant, serviceName: query.serviceName, spanKind: query.spanKind };
    return this.#client.call("operations", ask, { signal: options.signal });
  }

  getDependencies(
    range: { readonly startTimeMs: number; readonly endTimeMs: number },
    options: ReadOptions,
  ): Promise<readonly DependencyLink[]> {
    return this.#client.call("dependencies", { tenant: options.tenant, ...range }, { signal: options.signal });
  }
}

function isTraceId(id: string): boolean {
  return parseTraceId(id) === id;
}
