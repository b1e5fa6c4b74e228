import type { SpanBatch } from "@spoor/span-wire";
import { type SpanWriter, StorageError, type WriteOptions } from "@spoor/storage-api";
import { META_WORDS, type PackedSpans } from "./packed-spans.ts";
import { SpanPacker } from "./span-packer.ts";

/** Memory kept for flushes to come. */
const MAX_POOLED = 4;
const MAX_IN_FLIGHT = 2;
/** What a batch weighs beside its bytes: objects, metadata. */
const SPAN_OVERHEAD = 64;
const RETRY_AFTER_MS = 500;

export interface GroupCommitOptions {
  readonly flushIntervalMs: number;
  readonly maxPendingBytes: number;
  /** A flush is sent when it has this many spans or bytes. */
  readonly maxFlushSpans: number;
  readonly maxFlushBytes: number;
  readonly maxTenants: number;
  /** Sends a flush; resolves, when it is durable, with its memory to use again. */
  readonly send: (packed: PackedSpans) => Promise<readonly ArrayBuffer[]>;
}

/** A flush being filled or sent. */
interface Flush {
  readonly packer: SpanPacker;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** What it adds to the pending bytes. */
  weight: number;
}

/**
 * The store's writer: batches that come within some milliseconds share a flush, and so an fsync. Spans are copied when they come, so
 * a request's buffer is free at once.
 */
export class GroupCommit implements SpanWriter {
  readonly #options: GroupCommitOptions;
  readonly #tenants = new Set<string>();
  readonly #pool: (readonly ArrayBuffer[])[] = [];
  readonly #ready: Flush[] = [];
  readonly #unfinished = new Set<Flush>();
  #filling: Flush | undefined;
  #timer: NodeJS.Timeout | undefined;
  #inFlight = 0;
  #pendingBytes = 0;
  #closed = false;
  refusedBatches = 0;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** The tenants that the store holds spans of. */
  setTenants(tenants: readonly string[]): void {
    this.#tenants.clear();
    for (const tenant of tenants) this.#tenants.add(tenant);
  }

  async write(batch: SpanBatch, options: WriteOptions = {}): Promise<void> {
    const { signal } = options;
    if (this.#closed) throw new StorageError("CLOSED", "the store is closed");
    signal?.throwIfAborted();
    if (batch.spans.length === 0) return;
    this.#admit(batch);
    const flushes = this.#fill(batch);
    const done = Promise.all(flushes.map((flush) => flush.done));
    if (signal === undefined) await done;
    else await untilAborted(done, signal);
  }

  #admit(batch: SpanBatch): void {
    const { maxPendingBytes, maxTenants } = this.#options;
    if (this.#pendingBytes > 0 && this.#pendingBytes + weightOf(batch) > maxPendingBytes) {
      this.refusedBatches++;
      throw new StorageError("OVERLOADED", "too many spans wait for the disk", { retryAfterMs: RETRY_AFTER_MS });
    }
    if (this.#tenants.has(batch.tenant)) return;
    if (this.#tenants.size >= maxTenants) {
      this.refusedBatches++;
      throw new StorageError("REJECTED", `spans of ${maxTenants} tenants are stored; no more are taken`);
    }
    this.#tenants.add(batch.tenant);
  }

  /** Copies the batch into the flush being filled, and into more when it does not fit one. */
  #fill(batch: SpanBatch): Flush[] {
    const { maxFlushSpans, maxFlushBytes } = this.#options;
    const { commonFields, tenant } = batch;
    const flushes: Flush[] = [];
    let flush = this.#filling ?? this.#begin();
    flushes.push(flush);
    for (const span of batch.spans) {
      const length = span.end - span.start + commonFields.length;
      const { packer } = flush;
      if (packer.spanCount > 0 && (packer.spanCount >= maxFlushSpans || packer.byteCount + length > maxFlushBytes)) {
        this.#release();
        flush = this.#begin();
        flushes.push(flush);
      }
      flush.packer.add(span, commonFields, tenant);
      flush.weight += length + SPAN_OVERHEAD;
      this.#pendingBytes += length + SPAN_OVERHEAD;
    }
    if (flush.packer.byteCount >= maxFlushBytes / 2) this.#release();
    return flushes;
  }

  #begin(): Flush {
    const memory = this.#pool.pop();
    let resolve = () => {};
    let reject: (error: unknown) => void = () => {};
    const done = new Promise<void>((onDone, onError) => {
      resolve = onDone;
      reject = onError;
    });
    done.catch(() => undefined);
    const flush = { packer: new SpanPacker(memory?.[0], memory?.[1]), done, resolve, reject, weight: 0 };
    this.#filling = flush;
    this.#unfinished.add(flush);
    this.#timer ??= setTimeout(() => this.#release(), this.#options.flushIntervalMs);
    return flush;
  }

  /** The flush being filled is complete. */
  #release(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#filling !== undefined) this.#ready.push(this.#filling);
    this.#filling = undefined;
    this.#sendReady();
  }

  #sendReady(): void {
    while (this.#inFlight < MAX_IN_FLIGHT) {
      const flush = this.#ready.shift();
      if (flush === undefined) return;
      this.#inFlight++;
      this.#options
        .send(flush.packer.finish())
        .then((memory) => {
          if (this.#pool.length < MAX_POOLED && isReusable(memory, this.#options)) this.#pool.push(memory);
          flush.resolve();
        }, flush.reject)
        .finally(() => {
          this.#inFlight--;
          this.#pendingBytes -= flush.weight;
          this.#unfinished.delete(flush);
          this.#sendReady();
        });
    }
  }

  /** Refuses further writes and waits for those accepted. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#release();
    await Promise.allSettled([...this.#unfinished].map((flush) => flush.done));
  }
}

/** Memory of a huge flush is not kept. */
function isReusable(memory: readonly ArrayBuffer[], options: GroupCommitOptions): boolean {
  const [bytes, meta] = memory;
  if (bytes === undefined || meta === undefined) return false;
  return bytes.byteLength <= options.maxFlushBytes * 2 && meta.byteLength <= options.maxFlushSpans * META_WORDS * 8;
}

function weightOf(batch: SpanBatch): number {
  let weight = batch.spans.length * (SPAN_OVERHEAD + batch.commonFields.length);
  for (const { start, end } of batch.spans) weight += end - start;
  return weight;
}

function untilAborted(done: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    done.then(() => resolve(), reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
