import type { EncodedSpan, SpanBatch } from "@spoor/span-wire";
import { type SpanWriter, StorageError, type WriteOptions } from "@spoor/storage-api";
import type { NotedSpan, StoredCalls } from "../dependencies/stored-calls.ts";
import { statementHeader } from "../driver/batch-frame.ts";
import type { Limiter } from "../limiter.ts";
import type { StorageMetrics, TableMetrics } from "../metrics.ts";
import type { TagIndex } from "../rows/indexed-tags.ts";
import type { Session } from "../session.ts";
import type { NameRow, Names } from "./names.ts";
import { type RowBatch, RowGroups } from "./row-groups.ts";
import { SpanRows } from "./span-rows.ts";
import { type RowTable, TABLES, TRACES } from "./tables.ts";

/** Spans whose rows are made and sent before the next ones are. */
const SPANS_A_ROUND = 500;
/** Encoded spans beyond this go into the next round. */
const BYTES_A_ROUND = 4 * 1024 * 1024;
/** Just below the largest frame that Cassandra takes by default; it closes the connection on a larger one. */
const MAX_ROW_BYTES = 15 * 1024 * 1024;

export interface WriterContext {
  readonly session: Session;
  readonly limiter: Limiter;
  readonly metrics: StorageMetrics;
  /** `undefined` in an archive, which has rows of spans only. */
  readonly index: { readonly tagIndex: TagIndex; readonly names: Names } | undefined;
  /** Told of spans once they are stored. */
  readonly calls: StoredCalls | undefined;
}

/** Lets the nodes know the rows of spans, of which an archive has no indices. Gives what stands before a row's values, by table. */
export function prepareRows(session: Session, use: "spans" | "archive"): Promise<readonly Buffer[]> {
  const tables = use === "archive" ? TABLES.slice(0, TRACES + 1) : TABLES;
  const headers = tables.map(async ({ insert, columns }) => statementHeader(await session.prepare(insert), columns));
  return Promise.all(headers);
}

/** Writes v1's rows. `write` resolves when the cluster has acknowledged each of them. */
export class CassandraSpanWriter implements SpanWriter {
  readonly #context: WriterContext;
  readonly #headers: readonly Buffer[];
  readonly #groups: RowGroups;
  readonly #rows: SpanRows;
  readonly #tables: readonly TableMetrics[];
  readonly #underway = new Set<Promise<void>>();
  #closed = false;

  /** `headers` are what {@link prepareRows} gives for the tables that are written. */
  constructor(context: WriterContext, headers: readonly Buffer[]) {
    this.#context = context;
    this.#headers = headers;
    this.#groups = new RowGroups(headers, context.session.consistency);
    this.#rows = new SpanRows(this.#groups, context.index?.tagIndex);
    this.#tables = TABLES.map(({ name }) => context.metrics.table(name));
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
    let refused: StorageError | undefined;
    for (let at = 0; at < batch.spans.length; ) {
      signal?.throwIfAborted();
      const noted: NotedSpan[] = [];
      at = this.#encode(batch, at, noted);
      const { metrics, index, calls } = this.#context;
      const skipped = this.#rows.takeSkippedTags();
      if (skipped > 0) metrics.tagsSkipped(skipped);
      const sent: Promise<void>[] = [];
      for (const rows of this.#groups.take()) sent.push(this.#send(rows));
      for (const name of index?.names.take() ?? []) sent.push(this.#sendName(name));
      // Cassandra may not take one of the rows; the other spans are stored all the same.
      refused = (await failureOf(sent)) ?? refused;
      calls?.add(noted);
    }
    if (refused !== undefined) throw refused;
  }

  /** Writes the rows of the spans from `from` on, and gives the number of the first that has to wait. */
  #encode(batch: SpanBatch, from: number, noted: NotedSpan[]): number {
    const { index, calls } = this.#context;
    const { spans } = batch;
    this.#rows.open(batch.commonFields);
    let at = from;
    try {
      for (let bytes = 0; at < spans.length && at - from < SPANS_A_ROUND && bytes < BYTES_A_ROUND; at++) {
        const span = spans[at] as EncodedSpan;
        bytes += span.end - span.start;
        const written = this.#rows.add(span);
        index?.names.add(written.serviceName, written.spanKind, written.operationName);
        if (calls !== undefined) noted.push(calls.note(written, batch));
      }
    } catch (error) {
      this.#groups.clear();
      throw error;
    }
    return at;
  }

  async #send(batch: RowBatch): Promise<void> {
    const { session, limiter } = this.#context;
    try {
      await limiter.run(() => this.#timed(batch));
    } catch (error) {
      const isOneOfMany = batch.frame.statements > 1 && error instanceof StorageError && error.code === "REJECTED";
      if (!isOneOfMany) throw error;
      session.checkOpen();
      // One row spoils the batch: each is tried alone.
      const alone: Promise<void>[] = [];
      for (const frame of batch.frame.split()) {
        const table = this.#headers.findIndex((header) => frame.startsWith(header));
        const rows = TABLES.map((_, number) => (number === table ? 1 : 0));
        alone.push(limiter.run(() => this.#timed({ frame, table, rows })));
      }
      const refused = await failureOf(alone);
      if (refused !== undefined) throw refused;
    }
  }

  async #timed({ frame, rows, table }: RowBatch): Promise<void> {
    if (frame.length > MAX_ROW_BYTES) {
      throw new StorageError(
        "REJECTED",
        `a row of ${frame.length} bytes is too large for Cassandra: ${MAX_ROW_BYTES} fit`,
      );
    }
    const startedMs = performance.now();
    this.#count(rows, (metrics, count) => metrics.attempt(count));
    try {
      await this.#context.session.sendBatch(frame, (TABLES[table] as RowTable).partitionColumns);
    } catch (error) {
      const seconds = (performance.now() - startedMs) / 1000;
      this.#count(rows, (metrics, count) => metrics.failed(count, seconds));
      throw error;
    }
    const seconds = (performance.now() - startedMs) / 1000;
    this.#count(rows, (metrics, count) => metrics.inserted(count, seconds));
  }

  #count(rows: readonly number[], use: (metrics: TableMetrics, count: number) => void): void {
    for (let table = 0; table < rows.length; table++) {
      const count = rows[table] as number;
      if (count > 0) use(this.#tables[table] as TableMetrics, count);
    }
  }

  async #sendName({ table, statement, stored }: NameRow): Promise<void> {
    const { session, limiter, metrics } = this.#context;
    const of = metrics.table(table);
    await limiter.run(async () => {
      const startedMs = performance.now();
      of.attempt(1);
      try {
        await session.execute(statement);
      } catch (error) {
        of.failed(1, (performance.now() - startedMs) / 1000);
        throw error;
      }
      of.inserted(1, (performance.now() - startedMs) / 1000);
    });
    stored();
  }
}

/** Waits for all. Throws what may pass; gives a refusal, which will not. */
async function failureOf(sent: readonly Promise<void>[]): Promise<StorageError | undefined> {
  let refused: StorageError | undefined;
  let failure: unknown;
  for (const result of await Promise.allSettled(sent)) {
    if (result.status === "fulfilled") continue;
    const reason: unknown = result.reason;
    if (reason instanceof StorageError && reason.code === "REJECTED") refused ??= reason;
    else failure ??= reason;
  }
  if (failure !== undefined) throw failure;
  return refused;
}
