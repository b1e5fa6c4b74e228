import type { PageReader } from "../paging.ts";
import { bigintValue, intValue, textValue } from "../rows/cql-writer.ts";
import { hexId } from "../rows/read-span.ts";
import { V1_BUCKETS } from "../write/start-slots.ts";
import type { IndexEntry, TimeStream } from "./index-stream.ts";

const ROWS_A_BLOCK = 1000;
/** Buckets behind v1's ten are asked this many at a time. */
const OVERFLOW_BUCKETS = 40;
const NO_PAGES = 0;

/**
 * The rows of `service_name_index` of one service, newest first. Its buckets are merged by the server, which it can do only without paging:
 * blocks are cut by a limit instead.
 */
export class ServiceStream implements TimeStream {
  readonly #reads: PageReader;
  readonly #service: Buffer;
  readonly #minUs: number;
  #entries: IndexEntry[] = [];
  #position = 0;
  /** Where the next block begins; `undefined` when there is none. */
  #next: number | undefined = Number.MAX_SAFE_INTEGER;
  rowsRead = 0;

  constructor(reads: PageReader, serviceName: string, minUs: number) {
    this.#reads = reads;
    this.#service = textValue(serviceName);
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
      if (this.#next === undefined || this.#next < this.#minUs) return undefined;
      await this.#read(Math.min(this.#next, startUs));
    }
  }

  async take(startUs: number): Promise<readonly IndexEntry[]> {
    const taken: IndexEntry[] = [];
    for (; this.#entries[this.#position]?.startUs === startUs; this.#position++) {
      taken.push(this.#entries[this.#position] as IndexEntry);
    }
    return taken.length < V1_BUCKETS ? taken : [...taken, ...(await this.#overflow(startUs))];
  }

  /** Every trace of this service at exactly that time. */
  async at(startUs: number): Promise<readonly IndexEntry[]> {
    const entries = await this.#query(0, V1_BUCKETS, startUs, startUs);
    return entries.length < V1_BUCKETS ? entries : [...entries, ...(await this.#overflow(startUs))];
  }

  async #read(fromUs: number): Promise<void> {
    const entries = await this.#query(0, V1_BUCKETS, this.#minUs, fromUs);
    this.#position = 0;
    if (entries.length < ROWS_A_BLOCK) {
      this.#entries = entries;
      this.#next = undefined;
      return;
    }
    // More rows may have the last time: it begins the next block.
    const last = entries.at(-1)?.startUs ?? fromUs;
    this.#entries = entries.filter((entry) => entry.startUs !== last);
    this.#next = last;
  }

  async #overflow(startUs: number): Promise<readonly IndexEntry[]> {
    const entries: IndexEntry[] = [];
    for (let first = V1_BUCKETS; ; first += OVERFLOW_BUCKETS) {
      const found = await this.#query(first, OVERFLOW_BUCKETS, startUs, startUs);
      entries.push(...found);
      if (found.length < OVERFLOW_BUCKETS) return entries;
    }
  }

  async #query(firstBucket: number, buckets: number, minUs: number, maxUs: number): Promise<IndexEntry[]> {
    const marks = Array.from({ length: buckets }, () => "?").join(", ");
    const query =
      `SELECT start_time, trace_id FROM service_name_index WHERE service_name = ? AND bucket IN (${marks}) ` +
      `AND start_time >= ? AND start_time <= ? ORDER BY start_time DESC LIMIT ${ROWS_A_BLOCK}`;
    const inList = Array.from({ length: buckets }, (_, i) => intValue(firstBucket + i));
    const range = [bigintValue(BigInt(minUs)), bigintValue(BigInt(maxUs))];
    const page = await this.#reads.page(
      { query, params: [this.#service, ...inList, ...range] },
      { fetchSize: NO_PAGES },
    );
    this.rowsRead += page.rows.length;
    return page.rows.map((row) => ({
      startUs: Number(row.get("start_time")),
      traceId: hexId(row.get("trace_id") as Buffer | null, 16),
      spanId: undefined,
    }));
  }
}
