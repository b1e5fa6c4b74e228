import type { LiveCallCounter } from "@spoor/service-calls";
import { type EncodedSpan, readTraceId, type SpanBatch } from "@spoor/span-wire";
import { type SpanWriter, StorageError, type WriteOptions } from "@spoor/storage-api";
import type { Cluster } from "../cluster/cluster.ts";
import { serviceDocument, serviceDocumentId } from "../document/service-document.ts";
import { SpanDocumentEncoder } from "../document/span-document.ts";
import type { TagFields } from "../document/tag-fields.ts";
import { closed } from "../errors.ts";
import type { IndexNames } from "../indices/index-names.ts";
import type { Options } from "../options.ts";
import type { Refresher } from "../read/refresher.ts";
import type { Bulk } from "./bulk.ts";
import { type BulkMetrics, createBulkMetrics, NO_METRICS } from "./bulk-metrics.ts";
import { BulkQueue } from "./bulk-queue.ts";
import { DocumentIds } from "./document-id.ts";
import { ServiceCache } from "./service-cache.ts";
import { Settlement } from "./settlement.ts";

/** At most one message about refused documents in this time. */
const REPORT_EVERY_MS = 10_000;
const RETRY_AFTER_MS = 1000;

/** With so many spans, or bytes of them, the others need not be waited for. */
const MOST_UNWRITTEN = 800;
const MOST_UNWRITTEN_BYTES = 1024 * 1024;

interface Unwritten {
  readonly batch: SpanBatch;
  readonly settlement: Settlement;
}

/** Writes spans as documents, and the names of their operations. */
export class DocumentWriter implements SpanWriter {
  readonly #options: Options;
  readonly #names: IndexNames;
  readonly #fields: TagFields;
  readonly #encoder: SpanDocumentEncoder;
  readonly #services: ServiceCache;
  readonly #queue: BulkQueue;
  readonly #metrics: BulkMetrics;
  readonly #counter: LiveCallCounter | undefined;
  readonly #ids = new DocumentIds();
  /** They become documents when their bulk is sent, all at once: the code for it is at hand then, and what it writes is when it is sent. */
  #unwritten: Unwritten[] = [];
  #unwrittenSpans = 0;
  #unwrittenBytes = 0;
  #isClosed = false;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #unreported = 0;

  constructor(
    cluster: Cluster,
    options: Options,
    names: IndexNames,
    fields: TagFields,
    refresher: Refresher,
    counter: LiveCallCounter | undefined,
  ) {
    this.#counter = counter;
    this.#options = options;
    this.#names = names;
    this.#fields = fields;
    this.#encoder = new SpanDocumentEncoder(fields, options.useDataStreams);
    this.#services = new ServiceCache(options.serviceCacheTtlMs);
    const { registry, kind, archive } = options;
    this.#metrics =
      registry === undefined ? NO_METRICS : createBulkMetrics(registry, kind, archive ? "archive" : "primary");
    this.#queue = new BulkQueue(
      cluster,
      options,
      {
        unwritten: () => this.#unwrittenSpans,
        writeAll: () => this.#writeAll(),
        rewrite: (again, bulk, i) => this.#rewrite(again, bulk, i),
        changed: (index) => refresher.changed(index),
        refused: (bulk, i, reason) => this.#report(bulk, i, reason),
        created: (bulk, i) => this.#countCall(bulk, i),
      },
      this.#metrics,
    );
  }

  async write(batch: SpanBatch, options: WriteOptions = {}): Promise<void> {
    if (this.#isClosed) throw closed();
    options.signal?.throwIfAborted();
    if (batch.spans.length === 0) return;
    const { maxPendingBytes } = this.#options;
    const pendingBytes = this.#queue.pendingBytes + this.#unwrittenBytes;
    if (pendingBytes > 0 && pendingBytes + batch.byteLength > maxPendingBytes) {
      throw new StorageError("OVERLOADED", `${pendingBytes} bytes wait for the server already`, {
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    const settlement = new Settlement();
    this.#unwritten.push({ batch, settlement });
    this.#unwrittenSpans += batch.spans.length;
    this.#unwrittenBytes += batch.byteLength;
    if (this.#unwrittenSpans >= MOST_UNWRITTEN || this.#unwrittenBytes >= MOST_UNWRITTEN_BYTES) this.#writeAll();
    this.#queue.flushSoon();
    await untilAborted(settlement.promise, options.signal);
  }

  /** Waits for everything that was accepted. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#queue.drain();
  }

  #writeAll(): void {
    const batches = this.#unwritten;
    if (batches.length === 0) return;
    this.#unwritten = [];
    this.#unwrittenSpans = 0;
    this.#unwrittenBytes = 0;
    const nowSeconds = Date.now() / 1000;
    for (const { batch, settlement } of batches) {
      const waiting = [settlement];
      for (const encoded of batch.spans) {
        try {
          this.#add(encoded, batch, nowSeconds, settlement, waiting);
        } catch (error) {
          this.#queue.bulk().discardDocument();
          settlement.add();
          settlement.refused(`span cannot be read: ${(error as Error).message}`);
        }
      }
      settlement.close();
    }
  }

  #add(
    encoded: EncodedSpan,
    { commonFields, format }: SpanBatch,
    nowSeconds: number,
    settlement: Settlement,
    waiting: readonly Settlement[],
  ): void {
    const encoder = this.#encoder;
    const bulk = this.#queue.bulk();
    const { startSeconds } = encoder.header.read(encoded);
    const isFarOff = this.#names.isFarOff(startSeconds, nowSeconds);
    if (isFarOff) this.#metrics.farOff();
    const indexSeconds = isFarOff ? nowSeconds : startSeconds;
    const index = this.#names.write("span", indexSeconds);
    bulk.beginDocument(index, this.#ids, encoded, commonFields, startSeconds);
    encoder.write(bulk.json, encoded, commonFields);
    const { header, spanKind } = encoder;
    settlement.add();
    const { spanIdStart, parentSpanIdStart } = header;
    bulk.endDocument(waiting, {
      span: encoded,
      commonFields,
      spanKind,
      spanIdStart,
      parentSpanIdStart,
      startSeconds,
      isCounted: this.#counter !== undefined && !isFarOff,
      mayShareId: format === "zipkin",
      isPlain: !this.#fields.isUsed,
    });
    this.#queue.added();
    const { serviceName } = encoded.process;
    const serviceIndex = this.#names.write("service", indexSeconds);
    const services = this.#services;
    const { buffer, operationNameStart: start, operationNameEnd: end } = header;
    if (services.has(serviceIndex, serviceName, buffer, start, end, spanKind, nowSeconds * 1000)) return;
    const { operationName } = header;
    const wanted = services.want(serviceIndex, serviceName, operationName, spanKind, settlement);
    if (wanted === undefined) return;
    this.#queue
      .bulk()
      .addDocument(
        serviceIndex,
        serviceDocumentId(serviceName, operationName, spanKind),
        serviceDocument(serviceName, operationName, spanKind, this.#options.useDataStreams ? Date.now() : undefined),
        wanted.waiting,
        wanted.settled,
      );
    this.#queue.added();
  }

  /** Tags as fields meet limits and conflicts of mappings; as a list they meet none. */
  #rewrite(again: Bulk, bulk: Bulk, i: number): boolean {
    const item = bulk.spanItem(i);
    if (item === undefined || item.isPlain) return false;
    const { span, commonFields } = item;
    const { startSeconds } = this.#encoder.header.read(span);
    again.beginDocument(bulk.index(i), this.#ids, span, commonFields, startSeconds);
    this.#encoder.write(again.json, span, commonFields, true);
    again.endDocument(bulk.waiting(i), { ...item, isPlain: true });
    return true;
  }

  /** Only for spans that were not there before: then one that comes again, to whichever process, counts once. */
  #countCall(bulk: Bulk, i: number): void {
    const item = bulk.spanItem(i);
    if (item?.isCounted !== true) return;
    const { span, spanIdStart, parentSpanIdStart, spanKind, startSeconds, mayShareId } = item;
    this.#counter?.addBytes({
      buffer: span.buffer,
      traceIdStart: span.traceIdStart,
      spanIdStart,
      parentSpanIdStart,
      serviceName: span.process.serviceName,
      spanKind,
      // Calls are summed by the hour: seconds are enough.
      startTimeMs: startSeconds * 1000,
      mayShareId,
    });
  }

  #report(bulk: Bulk, i: number, reason: string): void {
    this.#unreported++;
    const now = performance.now();
    if (now - this.#reportedAt < REPORT_EVERY_MS) return;
    this.#reportedAt = now;
    const item = bulk.spanItem(i);
    this.#options.logger?.error(
      {
        reason,
        documents: this.#unreported,
        ...(item === undefined ? {} : { traceId: readTraceId(item.span), index: bulk.index(i) }),
      },
      "The server refuses documents",
    );
    this.#unreported = 0;
  }
}

/** Stops waiting when the signal says so; what is under way goes on. */
async function untilAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
