import { hostname } from "node:os";
import type { EncodedProcess, EncodedSpan, SpanBatch } from "@spoor/span-wire";
import { EncodedSpan as Span } from "@spoor/span-wire";
import { type SpanWriter, StorageError, type WriteOptions } from "@spoor/storage-api";
import type { BaseLogger } from "pino";
import type { Registry } from "prom-client";
import { Admission } from "./admission.ts";
import { type AdmittedBatch, storedOf } from "./admitted-batch.ts";
import { Downsampling } from "./downsampling.ts";
import { DownsamplingMetrics } from "./downsampling-metrics.ts";
import { withFormatTag } from "./format-tag.ts";
import { Ledger } from "./ledger.ts";
import { type CollectorTag, ProcessRules, type TagStyle } from "./process-rules.ts";
import { QueueMetrics } from "./queue-metrics.ts";
import { SamplerTypeReader } from "./sampler-type.ts";
import { SpanMetrics } from "./span-metrics.ts";
import { type BatchTally, tallyBatch } from "./tally.ts";

export interface IngestOptions {
  /** The store (or several behind one writer). */
  readonly writer: SpanWriter;
  readonly logger: BaseLogger;
  readonly registry: Registry;
  /** Added to the process of every span. */
  readonly collectorTags?: readonly CollectorTag[];
  /** Share of traces that is stored, 0 to 1; 1 unless given. */
  readonly downsamplingRatio?: number;
  /** "" is v1's default salt. */
  readonly hashSalt?: string;
  /** Bytes that unsettled batches may keep alive together. */
  readonly maxInFlightBytes: number;
  /** Spans that may be unsettled together; unlimited unless given. */
  readonly maxInFlightSpans?: number;
  /** v1's label `host`; this machine's name unless given. */
  readonly host?: string;
}

/** A {@link SpanWriter} in front of a store: see {@link createIngest}. */
export interface Ingest extends SpanWriter {
  /**
   * `write` in steps, for a caller that keeps a batch and writes it, or parts of it, until all is stored or refused: the batch counts once.
   * Throws `OVERLOADED`, and counts nothing, while too much is in flight.
   */
  admit(batch: SpanBatch): AdmittedBatch;
  /** Resolves when nothing is in flight; rejects with the signal's reason. */
  drained(signal?: AbortSignal): Promise<void>;
}

/** Failed writes are logged at most this often. */
const LOG_EVERY_MS = 5000;

/**
 * The way of a batch from receiver to store: count it as received, admit it (or refuse it with `OVERLOADED`), make every process
 * storable and add the collector's tags, add v1's format tag, leave out traces that downsampling drops, write it, and settle it in the
 * ledger. Rejects as the store's writer does. Empty batches resolve at once.
 */
export function createIngest(options: IngestOptions): Ingest {
  return new BatchIngest(options);
}

class BatchIngest implements Ingest {
  readonly #writer: SpanWriter;
  readonly #logger: BaseLogger;
  readonly #rules: ProcessRules;
  readonly #downsampling: Downsampling | undefined;
  readonly #downsamplingMetrics: DownsamplingMetrics | undefined;
  readonly #admission: Admission;
  readonly #ledger: Ledger;
  readonly #spanMetrics: SpanMetrics;
  readonly #queueMetrics: QueueMetrics;
  readonly #samplers = new SamplerTypeReader();
  #waiting: (() => void)[] = [];
  #lastLogMs = Number.NEGATIVE_INFINITY;

  constructor(options: IngestOptions) {
    const { registry, downsamplingRatio = 1 } = options;
    this.#writer = options.writer;
    this.#logger = options.logger;
    this.#rules = new ProcessRules(options.collectorTags ?? []);
    if (downsamplingRatio < 1) {
      this.#downsampling = new Downsampling(downsamplingRatio, options.hashSalt ?? "");
      this.#downsamplingMetrics = new DownsamplingMetrics(registry);
    }
    this.#admission = new Admission({
      maxBytes: options.maxInFlightBytes,
      ...(options.maxInFlightSpans === undefined ? {} : { maxSpans: options.maxInFlightSpans }),
    });
    this.#ledger = new Ledger(registry);
    this.#spanMetrics = new SpanMetrics(registry);
    this.#queueMetrics = new QueueMetrics(
      registry,
      options.host ?? hostname(),
      () => ({ spans: this.#ledger.inFlight, bytes: this.#admission.bytes, maxBytes: this.#admission.maxBytes }),
      () => this.#spanMetrics.serviceCount,
    );
  }

  async write(batch: SpanBatch, options?: WriteOptions): Promise<void> {
    const count = batch.spans.length;
    if (count === 0) return;
    const busy = this.#admission.enter(count, batch.byteLength);
    const received = this.#receive(batch);
    if (busy !== undefined) {
      this.#ledger.refused("overloaded", count);
      this.#queueMetrics.dropped(count);
      this.#logRefusal(busy, count);
      throw busy;
    }
    const admitted = this.#open(batch, received);
    const { spans } = admitted;
    try {
      if (spans.length > 0) await admitted.write(spans, options);
    } catch (error) {
      admitted.settle(spans, error);
      this.#logRefusal(error, spans.length);
      throw error;
    }
    admitted.settle([]);
  }

  admit(batch: SpanBatch): AdmittedBatch {
    const busy = this.#admission.enter(batch.spans.length, batch.byteLength);
    if (busy !== undefined) throw busy;
    return this.#open(batch, this.#receive(batch));
  }

  #receive({ spans, format, transport, byteLength }: SpanBatch): BatchTally {
    this.#ledger.received(spans.length);
    this.#queueMetrics.batch(spans.length, byteLength);
    const tally = tallyBatch(spans, this.#samplers);
    this.#spanMetrics.received(format, transport, tally);
    return tally;
  }

  #open(batch: SpanBatch, received: BatchTally): AdmittedBatch {
    const arrivedMs = performance.now();
    let spans: readonly EncodedSpan[];
    try {
      spans = this.#shape(batch);
    } catch (error) {
      this.#ledger.refused("unknown", batch.spans.length);
      this.#admission.leave(batch.spans.length, batch.byteLength);
      throw error;
    }
    const sampledOut = batch.spans.length - spans.length;
    this.#downsamplingMetrics?.add(spans.length, sampledOut);
    this.#ledger.sampledOut(sampledOut);
    const shaped = { ...batch, spans, commonFields: withFormatTag(batch) };
    const tallyOf = (some: readonly EncodedSpan[]) =>
      some === batch.spans ? received : tallyBatch(some, this.#samplers);
    let startedMs: number | undefined;
    return {
      spans,
      write: (some, options) => {
        startedMs ??= performance.now();
        return this.#writer.write(some === spans ? shaped : { ...shaped, spans: some }, options);
      },
      settle: (refused, error) => {
        if (refused.length > 0) this.#refused(batch, refused, tallyOf(refused), error);
        const stored = storedOf(spans, refused);
        if (stored.length > 0) {
          const endMs = performance.now();
          const beganMs = startedMs ?? endMs;
          this.#ledger.stored(stored.length);
          this.#spanMetrics.saved("ok", tallyOf(stored));
          this.#queueMetrics.saved((beganMs - arrivedMs) / 1000, (endMs - beganMs) / 1000);
        }
        this.#admission.leave(batch.spans.length, batch.byteLength);
        if (this.#ledger.inFlight === 0) for (const resolve of this.#waiting.splice(0)) resolve();
      },
    };
  }

  #refused({ format, transport }: SpanBatch, spans: readonly EncodedSpan[], tally: BatchTally, error: unknown): void {
    this.#ledger.refused(refusalReason(error), spans.length);
    this.#spanMetrics.saved("err", tally);
    if (error instanceof StorageError && error.code === "REJECTED") {
      this.#spanMetrics.rejected(format, transport, tally);
    }
  }

  drained(signal?: AbortSignal): Promise<void> {
    if (this.#ledger.inFlight === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiting = this.#waiting.filter((each) => each !== done);
        reject(signal?.reason);
      };
      const done = () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      if (signal?.aborted) reject(signal.reason);
      else {
        signal?.addEventListener("abort", abort, { once: true });
        this.#waiting.push(done);
      }
    });
  }

  /** The spans that are stored, with processes in order; the batch's own array when nothing changes. */
  #shape(batch: SpanBatch): readonly EncodedSpan[] {
    const style: TagStyle = batch.format === "otlp" || batch.format === "zipkin" ? "otlp" : "jaeger";
    const { spans } = batch;
    const downsampling = this.#downsampling;
    let shaped: EncodedSpan[] | undefined;
    let given: EncodedProcess | undefined;
    let fitting: EncodedProcess | undefined;
    for (let i = 0; i < spans.length; i++) {
      const span = spans[i] as EncodedSpan;
      if (span.process !== given || fitting === undefined) {
        given = span.process;
        fitting = this.#rules.apply(given, style);
      }
      const keeps = downsampling === undefined || downsampling.keeps(span);
      if (shaped === undefined && (!keeps || fitting !== given)) shaped = spans.slice(0, i);
      if (shaped !== undefined && keeps) shaped.push(fitting === given ? span : withProcess(span, fitting));
    }
    return shaped ?? spans;
  }

  #logRefusal(error: unknown, spans: number): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastLogMs < LOG_EVERY_MS) return;
    this.#lastLogMs = nowMs;
    this.#logger.error({ err: error, spans }, "Failed to save spans; their sender was told");
  }
}

function withProcess(span: EncodedSpan, process: EncodedProcess): EncodedSpan {
  return new Span(span.buffer, span.start, span.end, process, span.traceIdStart, span.flags, span.isRoot);
}

function refusalReason(error: unknown): string {
  return error instanceof StorageError ? error.code.toLowerCase() : "unknown";
}
