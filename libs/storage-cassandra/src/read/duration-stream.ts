import type { PageReader } from "../paging.ts";
import { bigintValue, textValue } from "../rows/cql-writer.ts";
import { hexId } from "../rows/read-span.ts";
import { bucketStartUs, durationBucketMs } from "../write/time-buckets.ts";
import type { IndexEntry, TimeStream } from "./index-stream.ts";

const SELECT =
  "SELECT start_time, trace_id FROM duration_index WHERE service_name = ? AND operation_name = ? AND bucket = ? AND duration >= ? AND duration <= ?";
const ROWS_A_PAGE = 5000;
/** Rows of one hour that are sorted in memory; with more, the hour's spans are looked at one by one. */
const MAX_ROWS_A_BUCKET = 20_000;

/** The rows of `duration_index`, which is ordered by duration within an hour: each hour is read when it is asked for, and sorted by time. */
export class DurationStream implements TimeStream {
  readonly #reads: PageReader;
  readonly #key: readonly Buffer[];
  readonly #range: readonly Buffer[];
  readonly #minUs: number;
  #bucketMs = Number.NaN;
  /** Of the current hour, newest first; `undefined` when they are too many. */
  #entries: readonly IndexEntry[] | undefined = [];
  rowsRead = 0;

  constructor(
    reads: PageReader,
    names: { readonly serviceName: string; readonly operationName: string | undefined },
    durationUs: { readonly min: bigint; readonly max: bigint },
    minUs: number,
  ) {
    this.#reads = reads;
    this.#key = [textValue(names.serviceName), textValue(names.operationName ?? "")];
    this.#range = [bigintValue(durationUs.min), bigintValue(durationUs.max)];
    this.#minUs = minUs;
  }

  async seek(startUs: number): Promise<number | undefined> {
    await this.#load(durationBucketMs(startUs));
    if (this.#entries === undefined) return startUs;
    const entry = this.#entries.find((each) => each.startUs <= startUs);
    if (entry !== undefined) return entry.startUs;
    const before = bucketStartUs(this.#bucketMs) - 1;
    return before < this.#minUs ? undefined : before;
  }

  /** All entries of that time; `undefined` when it is not known which there are. */
  async take(startUs: number): Promise<readonly IndexEntry[] | undefined> {
    await this.#load(durationBucketMs(startUs));
    return this.#entries?.filter((entry) => entry.startUs === startUs);
  }

  async #load(bucketMs: number): Promise<void> {
    if (bucketMs === this.#bucketMs) return;
    const entries: IndexEntry[] = [];
    const params = [...this.#key, bigintValue(BigInt(bucketMs)), ...this.#range];
    let pageState: string | undefined;
    do {
      const page = await this.#reads.page({ query: SELECT, params }, { fetchSize: ROWS_A_PAGE, pageState });
      for (const row of page.rows) {
        entries.push({
          startUs: Number(row.get("start_time")),
          traceId: hexId(row.get("trace_id") as Buffer | null, 16),
          spanId: undefined,
        });
      }
      pageState = page.pageState;
    } while (pageState !== undefined && entries.length < MAX_ROWS_A_BUCKET);
    this.rowsRead += entries.length;
    this.#bucketMs = bucketMs;
    this.#entries = pageState === undefined ? entries.sort((a, b) => b.startUs - a.startUs) : undefined;
  }
}
