import type { PageReader } from "../paging.ts";
import { bigintValue } from "../rows/cql-writer.ts";
import { hexId } from "../rows/read-span.ts";

/** A row of an index: a span of this trace started then. */
export interface IndexEntry {
  /** Microseconds since the epoch. */
  readonly startUs: number;
  readonly traceId: string;
  /** With rows of `tag_index` only. */
  readonly spanId: Buffer | undefined;
}

/** Start times in which something may be found, newest first. */
export interface TimeStream {
  /**
   * The newest time at or before `startUs` that may have entries; nothing lies between the two. `undefined` when there is none. Asked with
   * ever earlier times.
   */
  seek(startUs: number): Promise<number | undefined>;
}

export interface IndexPartition {
  /** `SELECT … WHERE <partition key>`; the range of start times is added. */
  readonly select: string;
  readonly key: readonly Buffer[];
}

const ROWS_A_PAGE = 1000;

/** The rows of one partition of `tag_index` or `service_operation_index`, newest first, read as far as they are asked for. */
export class IndexStream implements TimeStream {
  readonly #reads: PageReader;
  readonly #partition: IndexPartition;
  readonly #minUs: number;
  #entries: IndexEntry[] = [];
  #position = 0;
  #pageState: string | undefined;
  #isOpen = false;
  /** Rows read so far. */
  rowsRead = 0;

  constructor(reads: PageReader, partition: IndexPartition, minUs: number) {
    this.#reads = reads;
    this.#partition = partition;
    this.#minUs = minUs;
  }

  async seek(startUs: number): Promise<number | undefined> {
    for (;;) {
      const entry = this.#entries[this.#position];
      if (entry !== undefined) {
        if (entry.startUs <= startUs) return entry.startUs;
        this.#position++;
        continue;
      }
      if (this.#isOpen && this.#pageState === undefined) return undefined;
      // A page without anything early enough: a new query leaps over what lies between.
      const isBehind = this.#position > 0 && (this.#entries.at(-1)?.startUs ?? 0) > startUs;
      await this.#read(this.#isOpen && !isBehind ? undefined : startUs);
    }
  }

  /** All entries of the time that {@link seek} gave. */
  async take(startUs: number): Promise<readonly IndexEntry[]> {
    const taken: IndexEntry[] = [];
    for (;;) {
      const entry = this.#entries[this.#position];
      if (entry === undefined) {
        if (this.#pageState === undefined) return taken;
        await this.#read(undefined);
        continue;
      }
      if (entry.startUs !== startUs) return taken;
      taken.push(entry);
      this.#position++;
    }
  }

  async #read(fromUs: number | undefined): Promise<void> {
    if (fromUs !== undefined) {
      this.#from = fromUs;
      this.#pageState = undefined;
      this.#isOpen = true;
    }
    const { select, key } = this.#partition;
    const range = [bigintValue(BigInt(this.#minUs)), bigintValue(BigInt(this.#from))];
    const page = await this.#reads.page(
      { query: `${select} AND start_time >= ? AND start_time <= ?`, params: [...key, ...range] },
      { fetchSize: ROWS_A_PAGE, pageState: this.#pageState },
    );
    this.#pageState = page.pageState;
    this.#position = 0;
    this.#entries = page.rows.map((row) => ({
      startUs: Number(row.get("start_time")),
      traceId: hexId(row.get("trace_id") as Buffer | null, 16),
      spanId: spanIdOf(row.get("span_id")),
    }));
    this.rowsRead += page.rows.length;
  }

  #from = 0;
}

function spanIdOf(value: unknown): Buffer | undefined {
  return typeof value === "bigint" ? bigintValue(value) : undefined;
}
