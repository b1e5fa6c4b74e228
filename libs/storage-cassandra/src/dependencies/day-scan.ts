import { setTimeout as delay } from "node:timers/promises";
import { StorageError } from "@spoor/storage-api";
import type { types } from "cassandra-driver";
import { bigintValue } from "../rows/cql-writer.ts";
import type { Page, PageOptions, Session, Statement } from "../session.ts";
import { RING, splitRange, type TokenRange } from "./token-ranges.ts";

/**
 * There is no index of spans by time: all partitions are looked at, part by part of the ring, and the nodes send only rows of the time
 * asked for. Each row has the ids of its trace and span.
 */
const SELECT =
  "SELECT trace_id, span_id, parent_id, start_time, tags, refs, process.service_name AS service FROM traces " +
  "WHERE token(trace_id) > ? AND token(trace_id) <= ? AND start_time >= ? AND start_time < ? ALLOW FILTERING";

/** Parts of the ring: small enough for a node to look through one in its time limit, few enough for an empty table. */
const RANGES = 1024;
/** Parts that a part is split into when a node did not get through in time. */
const SPLIT = 16;
const SMALLEST = 2n ** 32n;
/** Parts that are read at the same time. */
const LANES = 4;
const ROWS_A_PAGE = 1000;
const ATTEMPTS = 6;
const PAUSE_MS = 500;

interface Ids {
  readonly traceId: string;
  readonly spanId: string;
}

/** Reads the spans that started in a time range, milliseconds since the epoch, in groups. */
export class DayScan {
  readonly #session: Session;
  readonly #from: Buffer;
  readonly #to: Buffer;

  constructor(session: Session, range: { readonly startTimeMs: number; readonly endTimeMs: number }) {
    this.#session = session;
    this.#from = bigintValue(BigInt(range.startTimeMs) * 1000n);
    this.#to = bigintValue(BigInt(range.endTimeMs) * 1000n);
  }

  /**
   * Groups of `size` to twice as many spans: whole traces, or, of a trace with more, spans of which none shares its id with one of another
   * group.
   */
  async *groups<T extends Ids>(
    read: (row: types.Row) => T,
    size: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly T[]> {
    await this.#checkPartitioner();
    const ranges = splitRange(RING, RANGES).values();
    yield* merged(Array.from({ length: LANES }, () => this.#lane(ranges, read, size, signal)));
  }

  async *#lane<T extends Ids>(
    ranges: Iterator<TokenRange>,
    read: (row: types.Row) => T,
    size: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly T[]> {
    let group: T[] = [];
    for (let next = ranges.next(); next.done !== true; next = ranges.next()) {
      for await (const row of this.#rows(next.value, signal)) {
        const span = read(row);
        const last = group.at(-1);
        const isNewTrace = last?.traceId !== span.traceId;
        const isFull = group.length >= (isNewTrace ? size : size * 2);
        if (last !== undefined && isFull && (isNewTrace || last.spanId !== span.spanId)) {
          yield group;
          group = [];
        }
        group.push(span);
      }
    }
    if (group.length > 0) yield group;
  }

  async *#rows(range: TokenRange, signal: AbortSignal | undefined): AsyncGenerator<types.Row> {
    const statement = {
      query: SELECT,
      params: [bigintValue(range.after), bigintValue(range.last), this.#from, this.#to],
    };
    let page: Page;
    try {
      page = await this.#session.page(statement, { fetchSize: ROWS_A_PAGE });
    } catch (error) {
      if (!isTemporary(error)) throw error;
      if (range.last - range.after < SMALLEST) throw error;
      signal?.throwIfAborted();
      // Too many rows to look through at once, or a node that needs a rest.
      await delay(PAUSE_MS, undefined, signal === undefined ? {} : { signal });
      for (const part of splitRange(range, SPLIT)) yield* this.#rows(part, signal);
      return;
    }
    for (;;) {
      signal?.throwIfAborted();
      yield* page.rows;
      if (page.pageState === undefined) return;
      page = await this.#nextPage(statement, { fetchSize: ROWS_A_PAGE, pageState: page.pageState }, signal);
    }
  }

  /** A page that failed is asked for again, smaller and smaller. */
  async #nextPage(statement: Statement, options: PageOptions, signal: AbortSignal | undefined): Promise<Page> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#session.page(statement, {
          ...options,
          fetchSize: Math.ceil(options.fetchSize / attempt ** 2),
        });
      } catch (error) {
        if (!isTemporary(error) || attempt === ATTEMPTS) throw error;
        await delay(PAUSE_MS * attempt, undefined, signal === undefined ? {} : { signal });
      }
    }
  }

  async #checkPartitioner(): Promise<void> {
    const { rows } = await this.#session.execute({ query: "SELECT partitioner FROM system.local", params: [] });
    const partitioner = String(rows[0]?.get("partitioner") ?? "");
    if (partitioner.endsWith("Murmur3Partitioner")) return;
    throw new StorageError(
      "UNSUPPORTED_QUERY",
      `tables can be read as a whole with the Murmur3Partitioner only, which is Cassandra's default; this cluster has ${partitioner}`,
    );
  }
}

function isTemporary(error: unknown): boolean {
  return error instanceof StorageError && error.retryable;
}

/** Whatever comes first, and one more of each ahead. */
async function* merged<T>(sources: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const next = (source: AsyncGenerator<T>) => source.next().then((result) => ({ source, result }));
  const pending = new Map(sources.map((source) => [source, next(source)]));
  try {
    while (pending.size > 0) {
      const { source, result } = await Promise.race(pending.values());
      if (result.done === true) pending.delete(source);
      else {
        pending.set(source, next(source));
        yield result.value;
      }
    }
  } finally {
    // Errors of those that are no longer waited for are no matter.
    for (const promise of pending.values()) promise.catch(() => undefined);
    await Promise.allSettled([...pending.keys()].map((source) => source.return(undefined)));
  }
}
