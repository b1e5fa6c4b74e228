import type { TraceId } from "@spoor/span-model";
import { type EncodedSpan, NO_FIELDS } from "@spoor/span-wire";
import type { ReadOptions, Storage, TraceQuery, TraceReader } from "@spoor/storage-api";
import { AdjustedTrace } from "./adjust/adjusted-trace.ts";
import { RawTrace } from "./adjust/raw-trace.ts";
import { QueryServiceError } from "./errors.ts";
import type { QueryService, TraceView, TraceViews, ViewOptions } from "./query-service.ts";

export interface QueryServiceOptions {
  readonly storage: Pick<Storage, "reader" | "dependencies">;
  /** Where archived traces are; asked for traces that `storage` does not have. */
  readonly archive?: Pick<Storage, "reader" | "writer">;
  /** v1's `--query.max-clock-skew-adjustment`, nanoseconds; 0 (the default) corrects nothing and only warns. */
  readonly maxClockSkewAdjustmentNs?: bigint;
}

export function createQueryService(options: QueryServiceOptions): QueryService {
  return new StorageQueryService(options);
}

class StorageQueryService implements QueryService {
  readonly #reader: TraceReader;
  readonly #dependencies: Storage["dependencies"];
  readonly #archive: QueryServiceOptions["archive"];
  readonly #maxSkewNs: bigint;

  constructor(options: QueryServiceOptions) {
    this.#reader = options.storage.reader;
    this.#dependencies = options.storage.dependencies;
    this.#archive = options.archive;
    this.#maxSkewNs = options.maxClockSkewAdjustmentNs ?? 0n;
  }

  get archiveEnabled(): boolean {
    return this.#archive !== undefined;
  }

  async getTrace(traceId: TraceId, options: ViewOptions): Promise<TraceView | undefined> {
    let spans = await readSpans(this.#reader, traceId, options);
    if (spans.length === 0 && this.#archive !== undefined) {
      spans = await readSpans(this.#archive.reader, traceId, options);
    }
    return spans.length === 0 ? undefined : this.#view(traceId, spans, options);
  }

  async findTraces(query: TraceQuery, options: ViewOptions): Promise<TraceViews> {
    const { traceIds, completeness } = await this.#reader.findTraceIds(query, options);
    return { completeness, traces: this.#views(traceIds, options) };
  }

  getServices(options: ReadOptions): ReturnType<QueryService["getServices"]> {
    return this.#reader.getServices(options);
  }

  getOperations(
    query: { readonly serviceName: string; readonly spanKind?: string },
    options: ReadOptions,
  ): ReturnType<QueryService["getOperations"]> {
    return this.#reader.getOperations(query, options);
  }

  getDependencies(
    range: { readonly startTimeMs: number; readonly endTimeMs: number },
    options: ReadOptions,
  ): ReturnType<QueryService["getDependencies"]> {
    return this.#dependencies.getDependencies(range, options);
  }

  async archiveTrace(traceId: TraceId, options: ReadOptions): Promise<void> {
    const archive = this.#archive;
    if (archive === undefined) throw new QueryServiceError("ARCHIVE_NOT_CONFIGURED");
    let found = false;
    for await (const spans of this.#reader.getTrace(traceId, options)) {
      if (spans.length === 0) continue;
      found = true;
      const byteLength = spans.reduce((sum, span) => sum + span.end - span.start, 0);
      await archive.writer.write(
        { spans, commonFields: NO_FIELDS, format: "unknown", transport: "unknown", tenant: options.tenant, byteLength },
        options.signal === undefined ? {} : { signal: options.signal },
      );
    }
    if (!found) throw new QueryServiceError("TRACE_NOT_FOUND");
  }

  async *#views(traceIds: readonly TraceId[], options: ViewOptions): AsyncGenerator<TraceView> {
    for await (const { traceId, spans } of this.#reader.getTraces(traceIds, options)) {
      yield this.#view(traceId, spans, options);
    }
  }

  #view(traceId: TraceId, spans: readonly EncodedSpan[], options: ViewOptions): TraceView {
    return options.raw === true ? new RawTrace(traceId, spans) : new AdjustedTrace(traceId, spans, this.#maxSkewNs);
  }
}

async function readSpans(reader: TraceReader, traceId: TraceId, options: ReadOptions): Promise<EncodedSpan[]> {
  const spans: EncodedSpan[] = [];
  for await (const chunk of reader.getTrace(traceId, options)) for (const span of chunk) spans.push(span);
  return spans;
}
