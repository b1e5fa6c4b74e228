import { setTimeout as sleep } from "node:timers/promises";
import { StorageError } from "@spoor/storage-api";
import type { Cluster, ClusterResponse } from "../cluster/cluster.ts";
import type { JsonWriter } from "../document/json-writer.ts";
import { errorText, failure, type ServerError } from "../errors.ts";
import type { Options } from "../options.ts";
import { Bulk, type BulkItem } from "./bulk.ts";
import type { BulkMetrics } from "./bulk-metrics.ts";

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
/** Without other requests under way a document waits no longer than this for company. */
const SHORT_WAIT_MS = 10;
const MOST_SPARE_BYTES = 16 * 1024 * 1024;
const RETRYABLE_ITEM: ReadonlySet<number> = new Set([429, 502, 503, 504]);

interface ItemResult {
  readonly status?: number;
  readonly error?: ServerError | string;
}

export interface BulkQueueHooks {
  /** Writes the document of the item into the bulk in the form that no mapping can refuse for its fields; false when there is none. */
  rewrite(bulk: Bulk, item: BulkItem): boolean;
  /** A document of the index was stored. */
  changed(index: string): void;
  refused(item: BulkItem, reason: string): void;
  /** The document was stored, and was not there before. */
  created(item: BulkItem): void;
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
  /** What answered bulks were written with: memory of some megabytes each is dear to get and to give back. */
  readonly #spare: JsonWriter[] = [];
  #open: Bulk | undefined;
  #running = 0;
  #pendingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosing = false;
  #idle: (() => void) | undefined;

  constructor(cluster: Cluster, options: Options, hooks: BulkQueueHooks, metrics: BulkMetrics) {
    this.#cluster = cluster;
    this.#options = options;
    this.#hooks = hooks;
    this.#metrics = metrics;
  }

  /** Bytes of bulks that are not settled. */
  get pendingBytes(): number {
    return this.#pendingBytes + (this.#open?.byteLength ?? 0);
  }

  /** The bulk that the next document goes into. */
  bulk(): Bulk {
    this.#open ??= new Bulk(this.#spare.pop());
    return this.#open;
  }

  /** To be called behind each document. */
  added(): void {
    const bulk = this.#open;
    if (bulk === undefined) return;
    const { actions, bytes } = this.#options.bulk;
    if (bulk.items.length < actions && bulk.byteLength < bytes) return;
    this.#close(bulk);
    this.#send();
  }

  /** To be called behind each write: makes sure that what was added is sent in time. */
  flushSoon(): void {
    if (this.#open === undefined || this.#timer !== undefined) return;
    const wait =
      this.#running === 0
        ? Math.min(SHORT_WAIT_MS, this.#options.bulk.flushIntervalMs)
        : this.#options.bulk.flushIntervalMs;
    this.#timer = setTimeout(() => this.#flush(), wait);
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
    if (this.#open !== undefined && this.#open.items.length > 0) this.#close(this.#open);
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
      void this.#settle(bulk).finally(() => {
        this.#running--;
        this.#pendingBytes -= bulk.byteLength;
        // What came meanwhile waited long enough.
        if (this.#running === 0 && this.#full.length === 0) this.#flush();
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
      if (outcome.again.items.length === 0) return;
      const isLate = performance.now() + pause > deadline;
      if (outcome.error !== undefined && (isLate || this.#isClosing)) {
        for (const item of outcome.again.items) fail(item, outcome.error);
        return;
      }
      bulk = outcome.again;
      // A document in another form need not wait.
      if (outcome.error !== undefined) await sleep(pause * (0.75 + Math.random() / 2));
    }
  }

  /** Sends a bulk once. What is to be sent again comes back, with the reason; without one it can be sent at once. */
  async #attempt(bulk: Bulk): Promise<{ readonly again: Bulk; readonly error?: StorageError }> {
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
      this.#metrics.sent(bulk.items.length, performance.now() - started, false);
      return { again: bulk, error: error as StorageError };
    }
    const isOk = response.status === 200;
    this.#metrics.sent(bulk.items.length, performance.now() - started, isOk);
    if (isOk) {
      const results = this.#results(bulk, response.body as { items?: readonly Record<string, ItemResult>[] });
      if (this.#spare.length < this.#options.bulk.workers && bulk.json.buffer.length <= MOST_SPARE_BYTES) {
        this.#spare.push(bulk.json);
      }
      return results;
    }
    if (response.status === 413 && bulk.items.length > 1) {
      await this.#halves(bulk);
      return { again: new Bulk() };
    }
    const error = failure(response, "store spans", this.#options.archive ? "es-archive" : "es");
    if (error.retryable && response.status !== 401 && response.status !== 403) return { again: bulk, error };
    for (const item of bulk.items) {
      if (error.retryable) fail(item, error);
      else this.#refuse(item, error.message);
    }
    return { again: new Bulk() };
  }

  #results(
    bulk: Bulk,
    body: { readonly items?: readonly Record<string, ItemResult>[] },
  ): { readonly again: Bulk; readonly error?: StorageError } {
    const again = new Bulk();
    let error: StorageError | undefined;
    bulk.items.forEach((item, i) => {
      const result = body.items?.[i]?.create ?? {};
      const status = result.status ?? 500;
      // 409: there is such a document already.
      if (status < 300 || status === 409) {
        // Before anybody hears of it: reads that begin then must see the document.
        this.#hooks.changed(item.index);
        store(item);
        if (status === 201) this.#hooks.created(item);
        return;
      }
      const reason = typeof result.error === "object" ? errorText(result.error) : (result.error ?? `status ${status}`);
      this.#metrics.refusedByServer(status);
      if (isForNow(status, reason)) {
        error ??= busy(status, reason);
        again.addAgain(bulk, item);
      } else if (status === 404) {
        error ??= new StorageError("UNAVAILABLE", `cannot store spans: ${missing(reason, this.#options)}`);
        again.addAgain(bulk, item);
      } else if (status === 401 || status === 403) {
        fail(item, failure({ status, body: reason }, "store spans", this.#options.archive ? "es-archive" : "es"));
      } else if (!this.#hooks.rewrite(again, item)) this.#refuse(item, reason);
    });
    return error === undefined ? { again } : { again, error };
  }

  async #halves(bulk: Bulk): Promise<void> {
    const middle = bulk.items.length >>> 1;
    for (const items of [bulk.items.slice(0, middle), bulk.items.slice(middle)]) {
      const half = new Bulk();
      for (const item of items) half.addAgain(bulk, item);
      await this.#settle(half);
    }
  }

  #refuse(item: BulkItem, reason: string): void {
    item.settled?.(false);
    this.#hooks.refused(item, reason);
    for (const settlement of item.waiting) settlement.refused(`${item.index}: ${reason}`);
  }
}

function store(item: BulkItem): void {
  item.settled?.(true);
  for (const settlement of item.waiting) settlement.stored();
}

function fail(item: BulkItem, error: StorageError): void {
  item.settled?.(false);
  for (const settlement of item.waiting) settlement.failed(error);
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
