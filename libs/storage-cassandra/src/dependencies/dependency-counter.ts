import { randomInt } from "node:crypto";
import type { Span } from "@spoor/span-model";
import type { BaseLogger } from "pino";
import { Limiter } from "../limiter.ts";
import { traceIdValue } from "../read/trace-rows.ts";
import { bigintValue } from "../rows/cql-writer.ts";
import { type KeyValueRow, keyValueOf } from "../rows/key-value-row.ts";
import { spanIdOf } from "../rows/read-span.ts";
import type { SchemaFeatures } from "../schema/detect.ts";
import type { Session } from "../session.ts";
import { writeLinks } from "./dependency-rows.ts";
import { LinkTotals } from "./link-totals.ts";
import { type PendingCall, PendingCalls, type PendingTrace } from "./pending-calls.ts";

const HOUR_MS = 3_600_000;
/** Rows of several writers in one hour differ by these milliseconds. */
const SLOTS = 60_000;
const TICK_MS = 5_000;
const TRACES_A_TICK = 2_000;
const READS_AT_ONCE = 16;
/** An hour that got no call for this long is forgotten; later ones get a row of their own. */
const FORGET_MS = 2 * HOUR_MS;
const SPANS_A_QUERY = 100;

export interface CounterOptions {
  /** How long a call waits for its caller's span to be stored. */
  readonly waitMs?: number;
  /** How long it waits the second time. */
  readonly secondWaitMs?: number;
  readonly maxPendingCalls?: number;
}

/** What is known of a stored span that may be a caller. */
interface Caller {
  readonly spanId: string;
  readonly serviceName: string;
  readonly kind: string;
}

interface Hour {
  readonly totals: LinkTotals;
  readonly rowMs: number;
  touchedMs: number;
  isDirty: boolean;
}

/**
 * Counts calls between services as spans are written. A stored span waits until its caller's span is probably stored too; then that one is looked up
 * by its id, wherever it was written, and the call is counted in the hour of the called span. Every hour of this process is one row of v1's table,
 * written anew when it grows, so that repeating the write changes nothing. A span written twice here counts once.
 */
export class DependencyCounter {
  readonly #session: Session;
  readonly #table: SchemaFeatures["dependenciesTable"];
  readonly #logger: BaseLogger | undefined;
  readonly #waitMs: number;
  readonly #secondWaitMs: number;
  readonly #pending: PendingCalls;
  readonly #reads = new Limiter(READS_AT_ONCE);
  readonly #hours = new Map<number, Hour>();
  readonly #timer: NodeJS.Timeout;
  #work: Promise<void> = Promise.resolve();

  constructor(
    session: Session,
    table: SchemaFeatures["dependenciesTable"],
    options: CounterOptions = {},
    logger?: BaseLogger,
  ) {
    this.#session = session;
    this.#table = table;
    this.#logger = logger;
    this.#waitMs = options.waitMs ?? 30_000;
    this.#secondWaitMs = options.secondWaitMs ?? 300_000;
    this.#pending = new PendingCalls(options.maxPendingCalls ?? 200_000);
    this.#timer = setInterval(() => {
      this.#run(() => this.#tick()).catch((error: unknown) => {
        this.#logger?.warn({ error: String(error) }, "Calls between services are not counted just now");
      });
    }, TICK_MS);
    this.#timer.unref();
  }

  /** Notes spans that were stored. `hash` tells spans of one id apart. */
  add(span: Span, hash: Buffer): void {
    this.#pending.add(span, hash.toString("latin1"), Date.now());
  }

  /** Counts whatever can be counted now and stores it. */
  flush(): Promise<void> {
    return this.#run(async () => {
      await this.#count(this.#pending.take(Number.POSITIVE_INFINITY, TRACES_A_TICK), false);
      await this.#store();
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  /** One after the other: two that store the same hour could undo each other. */
  #run(task: () => Promise<void>): Promise<void> {
    const next = this.#work.then(task);
    this.#work = next.catch(() => undefined);
    return next;
  }

  async #tick(): Promise<void> {
    await this.#count(this.#pending.take(Date.now() - this.#waitMs, TRACES_A_TICK), true);
    await this.#store();
  }

  /** With `isDue`, calls without a caller are tried once more and then given up. */
  async #count(traces: readonly PendingTrace[], isDue: boolean): Promise<void> {
    const results = await Promise.allSettled(
      traces.map((trace) => this.#reads.run(() => this.#countTrace(trace, isDue))),
    );
    results.forEach((result, i) => {
      const trace = traces[i];
      if (result.status === "rejected" && trace !== undefined) {
        this.#pending.putBack(trace, trace.sinceMs, trace.isSecondTry);
      }
    });
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  async #countTrace(trace: PendingTrace, isDue: boolean): Promise<void> {
    const ids = new Set<string>();
    for (const call of trace.calls.values()) {
      if (call.isServer) ids.add(call.spanId);
      if (call.parentSpanId !== undefined) ids.add(call.parentSpanId);
    }
    const callers = await this.#callers(trace.traceId, [...ids]);
    const missing = new Map<string, PendingCall>();
    for (const [key, call] of trace.calls) {
      const caller = callerOf(call, callers);
      if (caller === undefined) {
        missing.set(key, call);
        continue;
      }
      this.#pending.markCounted(trace.traceId, key);
      if (caller.serviceName !== call.serviceName) this.#addCall(caller.serviceName, call);
    }
    if (isDue && trace.isSecondTry) return;
    const rest = { ...trace, calls: missing };
    if (isDue) this.#pending.putBack(rest, Date.now() + this.#secondWaitMs - this.#waitMs, true);
    else this.#pending.putBack(rest, trace.sinceMs, trace.isSecondTry);
  }

  async #callers(traceId: string, spanIds: readonly string[]): Promise<ReadonlyMap<string, readonly Caller[]>> {
    const callers = new Map<string, Caller[]>();
    for (let at = 0; at < spanIds.length; at += SPANS_A_QUERY) {
      const ids = spanIds.slice(at, at + SPANS_A_QUERY);
      const query = `SELECT span_id, tags, process.service_name AS service FROM traces WHERE trace_id = ? AND span_id IN (${ids.map(() => "?").join(", ")})`;
      const params = [traceIdValue(traceId), ...ids.map((id) => bigintValue(BigInt(`0x${id}`)))];
      const { rows } = await this.#session.page({ query, params }, { fetchSize: 5000 });
      for (const row of rows) {
        const spanId = spanIdOf(row.get("span_id") as bigint | null);
        const kind = ((row.get("tags") as readonly KeyValueRow[] | null) ?? []).find((tag) => tag.key === "span.kind");
        const tag = kind === undefined ? undefined : keyValueOf(kind);
        const caller = {
          spanId,
          serviceName: String(row.get("service") ?? ""),
          kind: tag?.type === "string" ? tag.value : "",
        };
        callers.set(spanId, [...(callers.get(spanId) ?? []), caller]);
      }
    }
    return callers;
  }

  #addCall(parent: string, call: PendingCall): void {
    const hourMs = Math.floor(call.startTimeMs / HOUR_MS) * HOUR_MS;
    let hour = this.#hours.get(hourMs);
    if (hour === undefined) {
      hour = { totals: new LinkTotals(), rowMs: hourMs + randomInt(SLOTS), touchedMs: 0, isDirty: false };
      this.#hours.set(hourMs, hour);
    }
    hour.totals.add({ parent, child: call.serviceName, callCount: 1, source: "" });
    hour.touchedMs = Date.now();
    hour.isDirty = true;
  }

  async #store(): Promise<void> {
    const forgetMs = Date.now() - FORGET_MS;
    for (const [hourMs, hour] of this.#hours) {
      if (hour.isDirty) {
        hour.isDirty = false;
        try {
          await writeLinks(this.#session, this.#table, hour.rowMs, hour.totals.links());
        } catch (error) {
          hour.isDirty = true;
          throw error;
        }
      } else if (hour.touchedMs < forgetMs) this.#hours.delete(hourMs);
    }
  }
}

/**
 * Zipkin's clients give both halves of a call one span id: the client half calls the server half, and children of the id are the server's
 * (jaegertracing/jaeger `model/adjuster/zipkin_span_id_uniquify.go`).
 */
function callerOf(call: PendingCall, callers: ReadonlyMap<string, readonly Caller[]>): Caller | undefined {
  if (call.isServer) {
    const client = callers.get(call.spanId)?.find((other) => other.kind === "client");
    if (client !== undefined) return client;
  }
  if (call.parentSpanId === undefined) return undefined;
  const parents = callers.get(call.parentSpanId) ?? [];
  if (parents.length > 1 && parents.some((parent) => parent.kind === "client")) {
    return parents.find((parent) => parent.kind === "server") ?? parents[0];
  }
  return parents[0];
}
