import type { TraceId } from "@spoor/span-model";
import { type FoundTraces, StorageError, type TraceQuery } from "@spoor/storage-api";
import type { ServiceEntry } from "./name-table.ts";
import type { Pace } from "./pace.ts";
import type { Chunk } from "./service-index.ts";
import { SPAN } from "./span-table.ts";
import { MAX_QUERY_TAGS, TagMatcher } from "./tag-matcher.ts";
import type { TenantStore } from "./tenant-store.ts";

const BILLION = 1_000_000_000n;

/** A point in time or a duration. */
interface Moment {
  readonly seconds: number;
  readonly nanos: number;
}

interface Match extends Moment {
  readonly traceId: TraceId;
}

/**
 * Traces that match, newest first. Chunks of the services asked for are looked at by their latest start; once as many
 * traces are found as wanted, and all of them newer than anything left, the rest is not looked at.
 */
export async function search(store: TenantStore, query: TraceQuery, pace: Pace): Promise<FoundTraces> {
  checkQuery(query);
  const scan = new ChunkScan(store, query);
  const min = momentOf(query.startTimeMinNs);
  const max = momentOf(query.startTimeMaxNs);
  const chunks: { readonly service: ServiceEntry; readonly chunk: Chunk; readonly maxSeconds: number }[] = [];
  for (const service of servicesOf(store, query)) {
    for (const chunk of service.index.chunks()) {
      if (chunk.maxSeconds < min.seconds || chunk.minSeconds > max.seconds) continue;
      chunks.push({ service, chunk, maxSeconds: chunk.maxSeconds });
    }
  }
  chunks.sort((a, b) => b.maxSeconds - a.maxSeconds);
  for (const { service, chunk, maxSeconds } of chunks) {
    if (scan.isEnough(Math.min(maxSeconds, max.seconds))) break;
    scan.look(service, chunk);
    await pace.next();
  }
  return scan.result();
}

function checkQuery(query: TraceQuery): void {
  if (!Number.isInteger(query.limit) || query.limit < 1) {
    throw new StorageError("INVALID_QUERY", `limit must be at least 1, not ${query.limit}`);
  }
  if (query.tags.size > MAX_QUERY_TAGS) {
    throw new StorageError("INVALID_QUERY", `at most ${MAX_QUERY_TAGS} tags can be asked for, not ${query.tags.size}`);
  }
}

function servicesOf(store: TenantStore, query: TraceQuery): readonly ServiceEntry[] {
  if (query.serviceName === undefined) return [...store.names.services()];
  const service = store.names.service(query.serviceName);
  return service === undefined ? [] : [service];
}

class ChunkScan {
  readonly #store: TenantStore;
  readonly #limit: number;
  readonly #operationName: string | undefined;
  readonly #min: Moment;
  readonly #max: Moment;
  readonly #shortest: Moment | undefined;
  readonly #longest: Moment | undefined;
  readonly #tags: TagMatcher;
  /** By the trace's serial. */
  #found = new Map<number, Match>();
  /** The newest matches in order; `undefined` after a new one. */
  #sorted: readonly (readonly [number, Match])[] | undefined;
  /** The oldest of as many matches as are wanted: nothing older matters. */
  #floor: Match | undefined;
  #overflowed = false;

  constructor(store: TenantStore, query: TraceQuery) {
    this.#store = store;
    this.#limit = query.limit;
    this.#operationName = query.operationName;
    this.#min = momentOf(query.startTimeMinNs);
    this.#max = momentOf(query.startTimeMaxNs);
    this.#shortest = query.durationMinNs === undefined ? undefined : durationOf(query.durationMinNs);
    this.#longest = query.durationMaxNs === undefined ? undefined : durationOf(query.durationMaxNs);
    this.#tags = new TagMatcher(query.tags);
  }

  /** Whether nothing that starts in this second or before can change the answer. */
  isEnough(seconds: number): boolean {
    if (this.#found.size < this.#limit) return false;
    this.#trim();
    if (this.#floor === undefined || this.#floor.seconds <= seconds) return false;
    // What is left may or may not match.
    this.#overflowed = true;
    return true;
  }

  look(service: ServiceEntry, chunk: Chunk): void {
    const { spans, traces } = this.#store;
    for (let i = chunk.size - 1; i >= 0; i--) {
      const span = chunk.spans[i] as number;
      const { i32, f64 } = spans.page(span);
      const at = spans.at(span);
      if (i32[at + SPAN.chunk] !== chunk.number || (i32[at + SPAN.slab] as number) < 0) continue;
      const seconds = f64[(at >> 1) + SPAN.startSeconds] as number;
      const nanos = i32[at + SPAN.startNanos] as number;
      if (before(seconds, nanos, this.#min) || after(seconds, nanos, this.#max)) continue;
      if (this.#floor !== undefined && !after(seconds, nanos, this.#floor)) {
        this.#overflowed ||= !this.#found.has(traces.serial(i32[at + SPAN.trace] as number));
        continue;
      }
      const operation = this.#store.operation(span);
      // The record may have gone to a span of another service that has a chunk of this number.
      if (operation.service !== service) continue;
      if (this.#operationName !== undefined && operation.name !== this.#operationName) continue;
      if (
        !this.#durationFits(f64[(at >> 1) + SPAN.durationSeconds] as number, i32[at + SPAN.durationNanos] as number)
      ) {
        continue;
      }
      const trace = i32[at + SPAN.trace] as number;
      const serial = traces.serial(trace);
      const known = this.#found.get(serial);
      if (known !== undefined && !after(seconds, nanos, known)) continue;
      const start = i32[at + SPAN.offset] as number;
      const end = start + (i32[at + SPAN.length] as number);
      if (!this.#tags.matches(this.#store.process(span), this.#store.bytes(span), start, end)) continue;
      this.#found.set(serial, { seconds, nanos, traceId: known?.traceId ?? traces.id(trace) });
      this.#sorted = undefined;
    }
    if (this.#found.size > this.#limit) this.#trim();
  }

  result(): FoundTraces {
    const sorted = this.#trim();
    const detail = `more than ${this.#limit} traces match; these are the newest`;
    return {
      traceIds: sorted.map(([, match]) => match.traceId),
      completeness: this.#overflowed ? { complete: false, reason: "limit", detail } : { complete: true },
    };
  }

  #durationFits(seconds: number, nanos: number): boolean {
    if (this.#shortest !== undefined && before(seconds, nanos, this.#shortest)) return false;
    return this.#longest === undefined || !after(seconds, nanos, this.#longest);
  }

  /** The newest matches in order; forgets what is beyond the limit. */
  #trim(): readonly (readonly [number, Match])[] {
    if (this.#sorted !== undefined) return this.#sorted;
    const sorted = [...this.#found].sort(([, a], [, b]) => b.seconds - a.seconds || b.nanos - a.nanos);
    if (sorted.length > this.#limit) {
      this.#overflowed = true;
      sorted.length = this.#limit;
      this.#found = new Map(sorted);
    }
    if (sorted.length === this.#limit) this.#floor = sorted.at(-1)?.[1];
    this.#sorted = sorted;
    return sorted;
  }
}

function before(seconds: number, nanos: number, moment: Moment): boolean {
  return seconds < moment.seconds || (seconds === moment.seconds && nanos < moment.nanos);
}

function after(seconds: number, nanos: number, moment: Moment): boolean {
  return seconds > moment.seconds || (seconds === moment.seconds && nanos > moment.nanos);
}

/** As a Timestamp holds it: nanoseconds are never negative. */
function momentOf(timeNs: bigint): Moment {
  const nanos = ((timeNs % BILLION) + BILLION) % BILLION;
  return { seconds: Number((timeNs - nanos) / BILLION), nanos: Number(nanos) };
}

/** As a Duration holds it: both parts of one sign. */
function durationOf(durationNs: bigint): Moment {
  return { seconds: Number(durationNs / BILLION), nanos: Number(durationNs % BILLION) };
}
