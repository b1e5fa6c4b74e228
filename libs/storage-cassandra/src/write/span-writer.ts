import { createHash } from "node:crypto";
import type { KeyValue, Process, Span } from "@spoor/span-model";
import { decodeSpan, EncodedSpan, NO_PROCESS, type SpanBatch } from "@spoor/span-wire";
import { type SpanWriter, StorageError, type WriteOptions } from "@spoor/storage-api";
import type { Limiter } from "../limiter.ts";
import type { StorageMetrics } from "../metrics.ts";
import { bigintValue } from "../rows/cql-writer.ts";
import type { TagIndex } from "../rows/indexed-tags.ts";
import { INSERT_SPAN, processValue, spanValues } from "../rows/span-row.ts";
import type { SchemaFeatures } from "../schema/detect.ts";
import type { Session, Statement } from "../session.ts";
import { addIndexRows, spanKindOf } from "./index-rows.ts";
import type { NameCache } from "./name-cache.ts";
import { StartSlots } from "./start-slots.ts";
import { StatementGroups } from "./statement-groups.ts";

/** Spans whose rows are made and sent before the next ones are. */
const SPANS_A_ROUND = 500;
/** Just below the largest frame that Cassandra takes by default; it closes the connection on a larger one. */
const MAX_ROW_BYTES = 15 * 1024 * 1024;
const INSERT_SERVICE_NAME = "INSERT INTO service_names (service_name) VALUES (?)";
const INSERT_OPERATION_V2 = "INSERT INTO operation_names_v2 (service_name, span_kind, operation_name) VALUES (?, ?, ?)";
const INSERT_OPERATION_V1 = "INSERT INTO operation_names (service_name, operation_name) VALUES (?, ?)";

export interface WriterContext {
  readonly session: Session;
  readonly limiter: Limiter;
  readonly metrics: StorageMetrics;
  /** `undefined` in an archive, which has rows of spans only. */
  readonly index:
    | {
        readonly features: SchemaFeatures;
        readonly tagIndex: TagIndex;
        readonly services: NameCache;
        readonly operations: NameCache;
      }
    | undefined;
  /** Told of each span once it is stored. */
  readonly onStored?: (span: Span, hash: Buffer) => void;
}

/** Writes v1's rows. `write` resolves when the cluster has acknowledged each of them. */
export class CassandraSpanWriter implements SpanWriter {
  readonly #context: WriterContext;
  readonly #slots = new StartSlots();
  readonly #underway = new Set<Promise<void>>();
  #closed = false;

  constructor(context: WriterContext) {
    this.#context = context;
  }

  async write(batch: SpanBatch, options: WriteOptions = {}): Promise<void> {
    if (this.#closed) throw new StorageError("CLOSED", "the store is closed");
    options.signal?.throwIfAborted();
    const work = this.#write(batch, options.signal);
    this.#underway.add(work);
    try {
      await work;
    } finally {
      this.#underway.delete(work);
    }
  }

  /** Refuses new batches and waits for those under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled([...this.#underway]);
  }

  async #write(batch: SpanBatch, signal: AbortSignal | undefined): Promise<void> {
    const commonTags = tagsOf(batch.commonFields);
    const processes = new Map<Process, Buffer>();
    let refused: unknown;
    for (let at = 0; at < batch.spans.length; at += SPANS_A_ROUND) {
      signal?.throwIfAborted();
      const round = new Round(this.#context, this.#slots);
      const encoded = batch.spans.slice(at, at + SPANS_A_ROUND);
      const spans = encoded.map((each) => {
        const span = withTags(decodeSpan(each), commonTags);
        const hash = hashOf(each, batch.commonFields);
        round.add(span, hash, processValueOf(span.process, processes));
        return { span, hash };
      });
      const failure = await round.send();
      if (failure !== undefined) {
        if (!(failure instanceof StorageError) || failure.code !== "REJECTED") throw failure;
        // Cassandra does not take one of the rows; the other spans are stored all the same.
        refused ??= failure;
      }
      const { onStored } = this.#context;
      if (onStored !== undefined) for (const { span, hash } of spans) onStored(span, hash);
    }
    if (refused !== undefined) throw refused;
  }
}

/** The rows of some spans, sent together. */
class Round {
  readonly #context: WriterContext;
  readonly #slots: StartSlots;
  readonly #groups = new StatementGroups();
  readonly #newServices = new Set<string>();
  readonly #newOperations = new Map<string, readonly [string, string, string]>();

  constructor(context: WriterContext, slots: StartSlots) {
    this.#context = context;
    this.#slots = slots;
  }

  add(span: Span, hash: Buffer, process: Buffer): void {
    const values = spanValues(span, hash, process);
    const [traceId, spanId] = values as [Buffer, Buffer];
    this.#groups.add(`x ${span.traceId}`, INSERT_SPAN, values);
    const { index, metrics } = this.#context;
    if (index === undefined) return;
    addIndexRows(
      this.#groups,
      span,
      { traceId, spanId, hash },
      { slots: this.#slots, tagIndex: index.tagIndex, onSkippedTag: metrics.tagSkipped },
    );
    const { serviceName } = span.process;
    if (!index.services.has(serviceName)) this.#newServices.add(serviceName);
    const kind = spanKindOf(span);
    const key = `${serviceName.length} ${kind.length} ${serviceName}${kind}${span.operationName}`;
    if (!index.operations.has(key)) this.#newOperations.set(key, [serviceName, kind, span.operationName]);
  }

  /** Waits for all rows. Gives the most telling failure: one that may pass before one that will not. */
  async send(): Promise<unknown> {
    const { index } = this.#context;
    const sent: Promise<void>[] = this.#groups.take().map((group) => this.#send(group));
    if (index !== undefined) {
      for (const name of this.#newServices) {
        const statement = { query: INSERT_SERVICE_NAME, params: [Buffer.from(name)] };
        sent.push(this.#send([statement]).then(() => index.services.add(name)));
      }
      const hasKinds = index.features.operationsTable === "operation_names_v2";
      for (const [key, [service, kind, operation]] of this.#newOperations) {
        const statement = hasKinds
          ? { query: INSERT_OPERATION_V2, params: [service, kind, operation].map((text) => Buffer.from(text)) }
          : { query: INSERT_OPERATION_V1, params: [service, operation].map((text) => Buffer.from(text)) };
        sent.push(this.#send([statement]).then(() => index.operations.add(key)));
      }
    }
    const results = await Promise.allSettled(sent);
    const failures = results.filter((result) => result.status === "rejected").map((result) => result.reason as unknown);
    return failures.find((error) => error instanceof StorageError && error.code !== "REJECTED") ?? failures[0];
  }

  async #send(statements: readonly Statement[]): Promise<void> {
    const { session, limiter } = this.#context;
    try {
      await limiter.run(() => this.#timed(statements));
    } catch (error) {
      const oneOfMany = statements.length > 1 && error instanceof StorageError && error.code === "REJECTED";
      if (!oneOfMany) throw error;
      session.checkOpen();
      // One row spoils the batch: each is tried alone.
      const results = await Promise.allSettled(statements.map((each) => limiter.run(() => this.#timed([each]))));
      const failed = results.find((result) => result.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    }
  }

  async #timed(statements: readonly Statement[]): Promise<void> {
    const { session, metrics } = this.#context;
    const [first] = statements;
    if (first === undefined) return;
    if (statements.length === 1) refuseTooLarge(first);
    const rows = new Map<string, number>();
    for (const { query } of statements) rows.set(query, (rows.get(query) ?? 0) + 1);
    const startedMs = performance.now();
    for (const [query, count] of rows) metrics.attempt(tableOf(query), count);
    try {
      if (statements.length === 1) await session.execute(first);
      else await session.batch(statements);
      const seconds = (performance.now() - startedMs) / 1000;
      for (const [query, count] of rows) metrics.inserted(tableOf(query), count, seconds);
    } catch (error) {
      const seconds = (performance.now() - startedMs) / 1000;
      for (const [query, count] of rows) metrics.failed(tableOf(query), count, seconds);
      throw error;
    }
  }
}

function refuseTooLarge({ params }: Statement): void {
  let bytes = 0;
  for (const param of params) if (param instanceof Buffer) bytes += param.length;
  if (bytes > MAX_ROW_BYTES) {
    throw new StorageError("REJECTED", `a span of ${bytes} bytes is too large for Cassandra: ${MAX_ROW_BYTES} fit`);
  }
}

function tableOf(insert: string): string {
  return insert.slice("INSERT INTO ".length, insert.indexOf(" ", "INSERT INTO ".length));
}

function tagsOf(commonFields: Uint8Array): readonly KeyValue[] {
  if (commonFields.length === 0) return [];
  return decodeSpan(new EncodedSpan(commonFields, 0, commonFields.length, NO_PROCESS, 0, 0, true)).tags;
}

function withTags(span: Span, tags: readonly KeyValue[]): Span {
  return tags.length === 0 ? span : { ...span, tags: [...span.tags, ...tags] };
}

function processValueOf(process: Process, known: Map<Process, Buffer>): Buffer {
  let value = known.get(process);
  if (value === undefined) {
    value = processValue(process);
    known.set(process, value);
  }
  return value;
}

/** Tells spans of one id apart, and is the same whenever the same bytes are written: they then fall on the same row. */
function hashOf(span: EncodedSpan, commonFields: Uint8Array): Buffer {
  const hash = createHash("sha256")
    .update(span.buffer.subarray(span.start, span.end))
    .update(commonFields)
    .update(span.process.bytes)
    .digest();
  return bigintValue(hash.readBigInt64BE());
}
