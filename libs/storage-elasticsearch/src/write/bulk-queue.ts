import { setTimeout as sleep } from "node:timers/promises";
import { StorageError } from "@spoor/storage-api";
import type { Cluster, ClusterResponse } from "../cluster/cluster.ts";
import { errorText, failure, type ServerError } from "../errors.ts";
import type { Options } from "../options.ts";
import { Bulk } from "./bulk.ts";
import type { BulkMetrics } from "./bulk-metrics.ts";
import { GatherWait } from "./gather-wait.ts";

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
/** With so many documents the cost of a request of its own matters no more. */
const ENOUGH_ITEMS = 800;
const MOST_SPARE_BYTES = 16 * 1024 * 1024;
const RETRYABLE_ITEM: ReadonlySet<number> = new Set([429, 502, 503, 504]);

interface ItemResult {
  readonly status?: number;
  readonly error?: ServerError | string;
}

interface BulkAnswer {
  readonly errors?: boolean;
  /** Left out when there are no errors. */
  readonly items?: readonly Readonly<Record<string, ItemResult>>[];
}

const CREATED: ItemResult = { status: 201 };

/** What is to be sent again, with the reason; without one it can be sent at once. */
interface Outcome {
  readonly again?: Bulk | undefined;
  readonly error?: StorageError | undefined;
}

export interface BulkQueueHooks {
  /** How many documents are yet to be written into the open bulk. */
  unwritten(): number;
  /** Writes them. */
  writeAll(): void;
  /** Writes document `i` into `again` in the form that no mapping can refuse for its fields; false when there is none. */
  rewrite(again: Bulk, bulk: Bulk, i: number): boolean;
  /** A document of the index was stored. */
  changed(index: string): void;
  refused(bulk: Bulk, i: number, reason: string): void;
  /** Document `i` was stored, and was not there before. */
  created(bulk: Bulk, i: number): void;
}

/**
 * Sends bulks: a few at a time, when they are full or when their documents waited long enough, item by item until each is stored, refused
 * or out of time.
 */
export class BulkQueue {
  readonly #cluster: Cluster;
  readonly #options: Options;
  readonly #hooks: BulkQueueHooks;
  readonly #metrics: BulkMetrics;
  readonly #full: Bulk[] = [];
  /** Answered bulks: memory of some megabytes each is dear to get and to give back. */
  readonly #spare: Bulk[] = [];
  readonly #gather: GatherWait;
  #open: Bulk | undefined;
  #running = 0;
  #pendingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When the first write of the open bulk was through. */
  #openedAt = 0;
  /** Whether the open bulk waits longer than it has to. */
  #isExtended = false;
  #isClosing = false;
  #idle: (() => void) | undefined;

  constructor(cluster: Cluster, options: Options, hooks: BulkQueueHooks, metrics: BulkMetrics) {
    this.#cluster = cluster;
    this.#options = options;
    this.#hooks = hooks;
    this.#metrics = metrics;
    this.#gather = new GatherWait(options.bulk.flushIntervalMs);
  }

  /** Bytes of bulks that are not settled. */
  get pendingBytes(): number {
    return this.#pendingBytes + (this.#open?.byteLength ?? 0);
  }

  /** The bulk that the next document goes into. */
  bulk(): Bulk {
    this.#open ??= this.#spare.pop() ?? new Bulk();
    return this.#open;
  }

  get #length(): number {
    return (this.#open?.length ?? 0) + this.#hooks.unwritten();
  }

  /** To be called behind each document. */
  added(): void {
    const bulk = this.#open;
    if (bulk === undefined) return;
    const { actions, bytes } = this.#options.bulk;
    if (bulk.length < actions && bulk.byteLength < bytes) return;
    this.#close(bulk);
    this.#send();
  }

  /** To be called behind each write: makes sure that what was added is sent in time. */
  flushSoon(): void {
    const length = this.#length;
    if (length === 0) return;
    const now = performance.now();
    this.#gather.arrived(now);
    if (this.#timer !== undefined) {
      if (this.#isExtended && length >= ENOUGH_ITEMS) this.#flush();
      return;
    }
    this.#openedAt = now;
    const { flushIntervalMs } = this.#options.bulk;
    this.#timer =
      this.#running === 0
        ? setTimeout(() => this.#flushOrExtend(), this.#gather.shortMs)
        : setTimeout(() => this.#flush(), flushIntervalMs);
  }

  /** To be called when the open bulk waited as long as it had to. */
  #flushOrExtend(): void {
    const now = performance.now();
    const length = this.#length;
    const extraMs =
      length === 0 || length >= ENOUGH_ITEMS || this.#isClosing ? 0 : this.#gather.extend(now, now - this.#openedAt);
    if (extraMs === 0) {
      this.#flush();
      return;
    }
    clearTimeout(this.#timer);
    this.#isExtended = true;
    this.#timer = setTimeout(() => this.#flush(), extraMs);
  }

  /** Sends everything; resolves when all is settled. */
  async drain(): Promise<void> {
    this.#isClosing = true;
    this.#flush();
    if (this.#running === 0 && this.#full.length === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isExtended) this.#gather.ended(this.#length >= ENOUGH_ITEMS);
    this.#isExtended = false;
    this.#hooks.writeAll();
    if (this.#open !== undefined && this.#open.length > 0) this.#close(this.#open);
    this.#send();
  }

  #close(bulk: Bulk): void {
    this.#open = undefined;
    this.#pendingBytes += bulk.byteLength;
    this.#full.push(bulk);
  }

  #send(): void {
    while (this.#running < this.#options.bulk.workers) {
      const bulk = this.#full.shift();
      if (bulk === undefined) return;
      this.#running++;
      // Later it may be another bulk.
      const { byteLength } = bulk;
      void this.#settle(bulk).finally(() => {
        this.#running--;
        this.#pendingBytes -= byteLength;
        if (this.#running === 0 && this.#full.length === 0) this.#flushOrExtend();
        else this.#send();
        if (this.#running === 0 && this.#full.length === 0) this.#idle?.();
      });
    }
  }

  /** Never rejects: every item is settled. */
  async #settle(first: Bulk): Promise<void> {
    const deadline = performance.now() + this.#options.retryTimeoutMs;
    let bulk = first;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const outcome = await this.#attempt(bulk);
      const { again } = outcome;
      if (again === undefined || again.length === 0) return;
      const isLate = performance.now() + pause > deadline;
      if (outcome.error !== undefined && (isLate || this.#isClosing)) {
        for (let i = 0; i < again.length; i++) fail(again, i, outcome.error);
        return;
      }
      bulk = again;
      // A document in another form need not wait.
      if (outcome.error !== undefined) await sleep(pause * (0.75 + Math.random() / 2));
    }
  }

  /** Sends a bulk once. */
  async #attempt(bulk: Bulk): Promise<Outcome> {
    const started = performance.now();
    let response: ClusterResponse;
    try {
      response = await this.#cluster.request({
        method: "POST",
        path: "/_bulk",
        query: {
          filter_path: "errors,items.*.status,items.*.error",
          // How long the server itself waits for a missing primary shard; a minute unless told.
          timeout: `${Math.max(1000, this.#options.retryTimeoutMs)}ms`,
          ...(this.#options.useAliases ? { require_alias: true } : {}),
        },
        body: bulk.body,
        isLines: true,
      });
    } catch (error) {
      this.#metrics.sent(bulk.length, performance.now() - started, false);
      return { again: bulk, error: error as StorageError };
    }
    const isOk = response.status === 200;
    this.#metrics.sent(bulk.length, performance.now() - started, isOk);
    if (isOk) {
      const results = this.#results(bulk, response.body as BulkAnswer);
      if (this.#spare.length < this.#options.bulk.workers && bulk.json.capacity <= MOST_SPARE_BYTES) {
        bulk.clear();
        this.#spare.push(bulk);
      }
      return results;
    }
    if (response.status === 413 && bulk.length > 1) {
      await this.#halves(bulk);
      return {};
    }
    const error = failure(response, "store spans", this.#options.archive ? "es-archive" : "es");
    if (error.retryable && response.status !== 401 && response.status !== 403) return { again: bulk, error };
    for (let i = 0; i < bulk.length; i++) {
      if (error.retryable) fail(bulk, i, error);
      else this.#refuse(bulk, i, error.message);
    }
    return {};
  }

  #results(bulk: Bulk, body: BulkAnswer): Outcome {
    // Seldom needed, and its memory is dear.
    let again: Bulk | undefined;
    let error: StorageError | undefined;
    let changed = "";
    const isAllCreated = body.errors === false && body.items === undefined;
    for (let i = 0; i < bulk.length; i++) {
      const result = isAllCreated ? CREATED : (body.items?.[i]?.create ?? {});
      const status = result.status ?? 500;
      // 409: there is such a document already.
      if (status < 300 || status === 409) {
        // Before anybody hears of it: reads that begin then must see the document.
        if (bulk.index(i) !== changed) {
          changed = bulk.index(i);
          this.#hooks.changed(changed);
        }
        store(bulk, i);
        if (status === 201) this.#hooks.created(bulk, i);
        continue;
      }
      const reason = typeof result.error === "object" ? errorText(result.error) : (result.error ?? `status ${status}`);
      this.#metrics.refusedByServer(status);
      if (isForNow(status, reason)) {
        error ??= busy(status, reason);
        again ??= new Bulk();
        again.addAgain(bulk, i);
      } else if (status === 404) {
        error ??= new StorageError("UNAVAILABLE", `cannot store spans: ${missing(reason, this.#options)}`);
        again ??= new Bulk();
        again.addAgain(bulk, i);
      } else if (status === 401 || status === 403) {
        fail(bulk, i, failure({ status, body: reason }, "store spans", this.#options.archive ? "es-archive" : "es"));
      } else {
        again ??= new Bulk();
        if (!this.#hooks.rewrite(again, bulk, i)) this.#refuse(bulk, i, reason);
      }
    }
    return { again, error };
  }

  async #halves(bulk: Bulk): Promise<void> {
    const middle = bulk.length >>> 1;
    for (const [from, to] of [
      [0, middle],
      [middle, bulk.length],
    ] as const) {
      const half = new Bulk();
      for (let i = from; i < to; i++) half.addAgain(bulk, i);
      await this.#settle(half);
    }
  }

  #refuse(bulk: Bulk, i: number, reason: string): void {
    bulk.settle(i, false);
    this.#hooks.refused(bulk, i, reason);
    for (const settlement of bulk.waiting(i)) settlement.refused(`${bulk.index(i)}: ${reason}`);
  }
}

function store(bulk: Bulk, i: number): void {
  bulk.settle(i, true);
  for (const settlement of bulk.waiting(i)) settlement.stored();
}

function fail(bulk: Bulk, i: number, error: StorageError): void {
  bulk.settle(i, false);
  for (const settlement of bulk.waiting(i)) settlement.failed(error);
}

/** A full queue, a missing primary shard, an index that is read-only until there is room on the disk. */
function isForNow(status: number, reason: string): boolean {
  return RETRYABLE_ITEM.has(status) || (status === 403 && reason.startsWith("cluster_block_exception"));
}

function busy(status: number, reason: string): StorageError {
  if (status !== 429) return new StorageError("UNAVAILABLE", `cannot store spans now: ${reason}`);
  return new StorageError("OVERLOADED", `the server is overloaded: ${reason}`, { retryAfterMs: 1000 });
}

function missing(reason: string, options: Options): string {
  if (!options.useAliases) return reason;
  return `the write alias is missing; es-rollover init creates it (--es.use-aliases is set): ${reason}`;
}
