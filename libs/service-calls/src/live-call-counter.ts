import { setImmediate as nextTurn } from "node:timers/promises";
import type { BaseLogger } from "pino";
import type { CallingSpan } from "./calling-span.ts";
import { type HourOfCalls, Hours } from "./hours.ts";
import { PendingSpans, type PendingTrace, type StoredSpan, type WantedSpans } from "./pending-spans.ts";
import { TraceCalls } from "./trace-calls.ts";

export type { HourOfCalls } from "./hours.ts";

const TICK_MS = 1000;
/** Sums are written so often while they grow. */
const STORE_EVERY_MS = 10_000;
const REPORT_EVERY_MS = 60_000;
/** After a failure of the store. */
const PAUSE_MS = 10_000;
/** Spans looked for in one request. */
const WANTED_AT_ONCE = 500;
/** Spans counted before others get their turn. */
const SPANS_A_TURN = 2000;

/** The store that the calls are counted for. */
export interface CallStore {
  /** All stored spans of these ids, by trace id. */
  findSpans(wanted: readonly WantedSpans[]): Promise<ReadonlyMap<string, readonly CallingSpan[]>>;
  /** Stores the sum in place of what was stored under its id. */
  writeLinks(hour: HourOfCalls): Promise<void>;
}

export interface LiveCallOptions {
  /** How long a span waits for its caller's span to be stored, milliseconds. */
  readonly waitMs?: number;
  /** How long it waits the second time, before it is given up. */
  readonly secondWaitMs?: number;
  /** Spans that wait at most; with more, the oldest do not wait out their time. */
  readonly maxPendingSpans?: number;
  readonly logger?: BaseLogger | undefined;
}

/**
 * Counts calls between services as spans are stored. Every span must be added once, by the process that stored it first: then the sums of
 * all processes are the number of calls.
 */
export class LiveCallCounter {
  readonly #store: CallStore;
  readonly #waitMs: number;
  readonly #secondWaitMs: number;
  readonly #maxPendingSpans: number;
  readonly #logger: BaseLogger | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #hours = new Hours();
  /** Spans that wait for the first time, and those whose caller was looked for in vain. */
  readonly #first = new PendingSpans();
  readonly #second = new PendingSpans();
  #work: Promise<void> = Promise.resolve();
  #isBusy = false;
  #isClosed = false;
  #resumesMs = Number.NEGATIVE_INFINITY;
  #storedMs = Number.NEGATIVE_INFINITY;
  #reportedMs = Number.NEGATIVE_INFINITY;
  #uncounted = 0;

  constructor(store: CallStore, options: LiveCallOptions = {}) {
    this.#store = store;
    this.#waitMs = options.waitMs ?? 30_000;
    this.#secondWaitMs = options.secondWaitMs ?? 300_000;
    this.#maxPendingSpans = options.maxPendingSpans ?? 200_000;
    this.#logger = options.logger;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  /** Spans that wait. */
  get size(): number {
    return this.#first.size + this.#second.size;
  }

  /** Notes a span that was stored and was not there before. */
  add(traceId: string, span: StoredSpan): void {
    if (this.#isClosed) return;
    // Callers are counted in turns that take time: without room the span is left out, which is better than memory without end.
    if (this.#first.size >= this.#maxPendingSpans * 2) this.#uncounted++;
    else this.#first.add(traceId, span, Date.now());
  }

  /** Counts and stores whatever can be counted now. */
  flush(): Promise<void> {
    return this.#run(async () => {
      await this.#count(this.#first, this.#first.take(Number.POSITIVE_INFINITY, 0), this.#first);
      await this.#count(this.#second, this.#second.take(Number.POSITIVE_INFINITY, 0), this.#second);
      await this.#storeHours();
    });
  }

  /** Counts and stores the rest. Spans added later are left out. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.flush();
  }

  #tick(): void {
    if (this.#isBusy || performance.now() < this.#resumesMs) return;
    this.#isBusy = true;
    this.#run(async () => {
      const now = Date.now();
      const kept = this.#maxPendingSpans;
      await this.#count(this.#first, this.#first.take(now - this.#waitMs, kept), this.#second);
      await this.#count(this.#second, this.#second.take(now - this.#secondWaitMs, kept), undefined);
      if (performance.now() - this.#storedMs >= STORE_EVERY_MS) await this.#storeHours();
      if (this.#uncounted > 0) this.#report("there are too many spans or pairs of services");
    })
      .catch((error: unknown) => {
        this.#resumesMs = performance.now() + PAUSE_MS;
        this.#report(String(error));
      })
      .finally(() => {
        this.#isBusy = false;
      });
  }

  /** One after the other: two that store the same hour could undo each other. */
  #run(task: () => Promise<void>): Promise<void> {
    const next = this.#work.then(task);
    this.#work = next.catch(() => undefined);
    return next;
  }

  /** Spans whose caller is nowhere go to `missing`; what cannot be looked for now goes back to `origin`. */
  async #count(
    origin: PendingSpans,
    traces: readonly PendingTrace[],
    missing: PendingSpans | undefined,
  ): Promise<void> {
    let undecided: { readonly calls: TraceCalls; readonly wanted: WantedSpans }[] = [];
    let ids = 0;
    let spans = 0;
    const settle = async () => {
      const group = undecided;
      undecided = [];
      ids = 0;
      const found = await this.#store.findSpans(group.map(({ wanted }) => wanted)).catch((error: unknown) => {
        undecided = group;
        throw error;
      });
      for (const { calls } of group) {
        for (const span of found.get(calls.trace.traceId) ?? []) calls.addKnown(span);
        this.#add(calls, missing);
      }
    };
    let taken = 0;
    try {
      for (const trace of traces) {
        taken++;
        const calls = new TraceCalls(trace);
        const wanted = calls.wanted();
        if (wanted === undefined) this.#add(calls, missing);
        else {
          undecided.push({ calls, wanted });
          ids += wanted.spanIds.size;
          if (ids >= WANTED_AT_ONCE) await settle();
        }
        spans += trace.spans.length;
        if (spans < SPANS_A_TURN) continue;
        spans = 0;
        await nextTurn();
      }
      if (undecided.length > 0) await settle();
    } catch (error) {
      for (const { calls } of undecided) this.#putBack(origin, calls.trace);
      for (const trace of traces.slice(taken)) this.#putBack(origin, trace);
      throw error;
    }
  }

  #add(calls: TraceCalls, missing: PendingSpans | undefined): void {
    const now = Date.now();
    for (const span of calls.trace.spans) {
      const caller = calls.callerOf(span);
      const isCall = caller !== undefined && caller.serviceName !== span.serviceName;
      const isCounted = isCall
        ? this.#hours.add(span.startTimeMs, caller.serviceName, span.serviceName, now)
        : this.#hours.touch(span.startTimeMs, now);
      if (!isCounted) this.#uncounted++;
      if (caller !== undefined || missing === undefined || !isCallee(span)) continue;
      if (missing.size < this.#maxPendingSpans) missing.add(calls.trace.traceId, span, now);
    }
  }

  #putBack(origin: PendingSpans, { traceId, spans, sinceMs }: PendingTrace): void {
    for (const span of spans) {
      if (origin.size >= this.#maxPendingSpans) this.#uncounted++;
      else origin.add(traceId, span, sinceMs);
    }
  }

  async #storeHours(): Promise<void> {
    this.#storedMs = performance.now();
    await this.#hours.store((hour) => this.#store.writeLinks(hour), Date.now());
  }

  #report(reason: string): void {
    const now = performance.now();
    if (now - this.#reportedMs < REPORT_EVERY_MS) return;
    this.#reportedMs = now;
    this.#logger?.warn({ reason, leftOut: this.#uncounted }, "Calls between services are not counted just now");
    this.#uncounted = 0;
  }
}

/** Whether somebody may have called it. */
function isCallee(span: StoredSpan): boolean {
  return span.parentSpanId !== undefined || (span.mayShareId && span.spanKind === "server");
}
