import { setImmediate as nextTurn } from "node:timers/promises";
import type { BaseLogger } from "pino";
import type { CallingSpan } from "./calling-span.ts";
import { type HourOfCalls, Hours } from "./hours.ts";
import {
  PendingSpans,
  type PendingTrace,
  type StoredSpan,
  type StoredSpanBytes,
  type WantedSpans,
} from "./pending-spans.ts";
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

  /** Notes a span that was stored and was not there before. Its bytes are copied. */
  addBytes(span: StoredSpanBytes): void {
    if (this.#hasRoom()) this.#first.add(span, Date.now());
  }

  /** As {@link addBytes}, with ids as 32 and 16 hex digits. */
  add(traceId: string, span: StoredSpan): void {
    if (this.#hasRoom()) this.#first.addText(traceId, span, Date.now());
  }

  /** Callers are counted in turns that take time: without room a span is left out, which is better than memory without end. */
  #hasRoom(): boolean {
    if (this.#isClosed) return false;
    if (this.#first.size < this.#maxPendingSpans * 2) return true;
    this.#uncounted++;
    return false;
  }

  /** Counts and stores whatever can be counted now. */
  flush(): Promise<void> {
    return this.#run(async () => {
      await this.#count(this.#first, Number.POSITIVE_INFINITY, 0, this.#first);
      await this.#count(this.#second, Number.POSITIVE_INFINITY, 0, this.#first);
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
      await this.#count(this.#first, now - this.#waitMs, kept, this.#second);
      await this.#count(this.#second, now - this.#secondWaitMs, kept, undefined);
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

  /**
   * Counts what waits since `beforeMs` or longer, and so much more that at most `keep` spans wait. Spans whose caller is nowhere go to
   * `missing`; what cannot be looked for now goes back to `origin`.
   */
  async #count(origin: PendingSpans, beforeMs: number, keep: number, missing: PendingSpans | undefined): Promise<void> {
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
    try {
      // What comes meanwhile, or comes back, has its turn another time.
      for (let left = origin.traceCount; left > 0 && origin.hasDue(beforeMs, keep); left--) {
        const counted = origin.takeWhole(this.#sum);
        spans += counted;
        if (counted === 0) {
          const calls = new TraceCalls(origin.take());
          const wanted = calls.wanted();
          if (wanted === undefined) this.#add(calls, missing);
          else {
            undecided.push({ calls, wanted });
            ids += wanted.spanIds.size;
            if (ids >= WANTED_AT_ONCE) await settle();
          }
          spans += calls.trace.spans.length;
        }
        if (spans < SPANS_A_TURN) continue;
        spans = 0;
        await nextTurn();
      }
      if (undecided.length > 0) await settle();
    } catch (error) {
      for (const { calls } of undecided) this.#putBack(origin, calls.trace);
      throw error;
    }
  }

  #add(calls: TraceCalls, missing: PendingSpans | undefined): void {
    const { spans, traceId } = calls.trace;
    for (const span of spans) {
      const caller = calls.callerOf(span);
      this.#sum(span.startTimeMs, caller?.serviceName, span.serviceName);
      if (caller !== undefined || missing === undefined || !isCallee(span)) continue;
      if (missing.size < this.#maxPendingSpans) missing.addText(traceId, span, Date.now());
    }
  }

  readonly #sum = (startTimeMs: number, caller: string | undefined, serviceName: string): void => {
    const now = Date.now();
    const isCounted =
      caller !== undefined && caller !== serviceName
        ? this.#hours.add(startTimeMs, caller, serviceName, now)
        : this.#hours.touch(startTimeMs, now);
    if (!isCounted) this.#uncounted++;
  };

  #putBack(origin: PendingSpans, { traceId, spans, sinceMs }: PendingTrace): void {
    for (const span of spans) {
      if (origin.size >= this.#maxPendingSpans) this.#uncounted++;
      else origin.addText(traceId, span, sinceMs);
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
