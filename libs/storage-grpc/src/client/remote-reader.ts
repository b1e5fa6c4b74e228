import type { TraceId } from "@spoor/span-model";
import { type EncodedSpan, ProcessTable, readTraceId } from "@spoor/span-wire";
import {
  type FoundTraces,
  type Operation,
  type ReadOptions,
  StorageError,
  type TraceQuery,
  type TraceReader,
  type TraceSpans,
} from "@spoor/storage-api";
import { decodeOperations, decodeServices, decodeTraceIds } from "../wire/replies.ts";
import { encodeFindTraces, encodeGetOperations, encodeGetTrace } from "../wire/requests.ts";
import { NO_MESSAGE, SERVICE } from "../wire/services.ts";
import { decodeChunk } from "../wire/spans.ts";
import { readAhead } from "./read-ahead.ts";
import type { Remote } from "./remote.ts";
import { isNotImplemented, isTraceNotFound } from "./remote-error.ts";

/** Where traces are read: a service and its method. */
export interface TraceSource {
  readonly service: string;
  readonly method: string;
}

const TRACES: TraceSource = { service: SERVICE.reader, method: "GetTrace" };

export class RemoteReader implements TraceReader {
  readonly #remote: Remote;
  readonly #source: TraceSource;
  /** v1's memory store finds traces but not their ids. */
  #findsWholeTraces = false;

  constructor(remote: Remote, source: TraceSource = TRACES) {
    this.#remote = remote;
    this.#source = source;
  }

  async *getTrace(traceId: TraceId, options: ReadOptions): AsyncGenerator<readonly EncodedSpan[]> {
    const { service, method } = this.#source;
    const processes = new ProcessTable();
    try {
      for await (const message of this.#remote.askMany(service, method, encodeGetTrace(traceId), options)) {
        const spans = decodeChunk(message, processes);
        if (spans.length > 0) yield spans;
      }
    } catch (error) {
      if (isTraceNotFound(error)) return;
      throw this.#remote.failure(error, "read");
    }
  }

  async *getTraces(traceIds: readonly TraceId[], options: ReadOptions): AsyncGenerator<TraceSpans> {
    const { concurrentTraces, readAheadBytes } = this.#remote.limits;
    const traces = readAhead(traceIds, {
      read: (traceId, signal) => this.getTrace(traceId, { ...options, signal }),
      concurrency: concurrentTraces,
      maxBytes: readAheadBytes,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    for await (const [traceId, spans] of traces) if (spans.length > 0) yield { traceId, spans };
  }

  async findTraceIds(query: TraceQuery, options: ReadOptions): Promise<FoundTraces> {
    if (query.limit < 1) throw new StorageError("INVALID_QUERY", "the limit must be at least 1");
    const request = encodeFindTraces(query);
    try {
      const found = await this.#find(request, query.limit, options);
      const traceIds = [...new Set(found.traceIds)].slice(0, query.limit);
      // A v1 server does not say whether there is more.
      const isCut = found.completeness.complete && traceIds.length >= query.limit && !this.#isOwn;
      return {
        traceIds,
        completeness: isCut
          ? { complete: false, reason: "limit", detail: `the limit of ${query.limit} traces` }
          : found.completeness,
      };
    } catch (error) {
      throw this.#remote.failure(error, "read");
    }
  }

  async getServices(options: ReadOptions): Promise<readonly string[]> {
    const names = await this.#ask("GetServices", NO_MESSAGE, decodeServices, options);
    return names.sort(compare);
  }

  async getOperations(
    query: { readonly serviceName: string; readonly spanKind?: string },
    options: ReadOptions,
  ): Promise<readonly Operation[]> {
    const operations = await this.#ask("GetOperations", encodeGetOperations(query), decodeOperations, options);
    return operations.sort((a, b) => compare(a.name, b.name) || compare(a.spanKind, b.spanKind));
  }

  get #isOwn(): boolean {
    return this.#remote.knownCapabilities?.store !== undefined;
  }

  async #find(request: Uint8Array, limit: number, options: ReadOptions): Promise<FoundTraces> {
    if (!this.#findsWholeTraces) {
      try {
        return decodeTraceIds(await this.#remote.ask(SERVICE.reader, "FindTraceIDs", request, options));
      } catch (error) {
        if (!isNotImplemented(error)) throw error;
        this.#findsWholeTraces = true;
      }
    }
    const traceIds = new Set<TraceId>();
    const processes = new ProcessTable();
    for await (const message of this.#remote.askMany(SERVICE.reader, "FindTraces", request, options)) {
      for (const span of decodeChunk(message, processes)) traceIds.add(readTraceId(span));
      if (traceIds.size > limit) break;
    }
    return { traceIds: [...traceIds], completeness: { complete: true } };
  }

  async #ask<T>(
    method: string,
    request: Uint8Array,
    decode: (reply: Uint8Array) => T,
    options: ReadOptions,
  ): Promise<T> {
    try {
      return decode(await this.#remote.ask(SERVICE.reader, method, request, options));
    } catch (error) {
      throw this.#remote.failure(error, "read");
    }
  }
}

/** By code units, as the other stores do. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
