import { setTimeout as delay } from "node:timers/promises";
import { type ServiceError, status } from "@grpc/grpc-js";
import { grpcErrorText } from "@spoor/grpc-client";
import type { SpanBatch } from "@spoor/span-wire";
import { type SpanWriter, StorageError } from "@spoor/storage-api";
import type { BaseLogger } from "pino";
import { encodePostSpansRequest } from "./post-spans-request.ts";
import type { ReporterMetrics } from "./reporter-metrics.ts";

const POST_SPANS = "/jaeger.api_v2.CollectorService/PostSpans";
const RETRYABLE: ReadonlySet<number> = new Set([
  status.UNAVAILABLE,
  status.RESOURCE_EXHAUSTED,
  status.DEADLINE_EXCEEDED,
]);
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5000;
const LOG_EVERY_MS = 5000;

export interface ForwarderOptions {
  /** One unary call with encoded messages. */
  readonly call: (path: string, request: Uint8Array, signal?: AbortSignal) => Promise<Uint8Array>;
  readonly metrics: ReporterMetrics;
  readonly logger: BaseLogger;
  /** Bytes of batches that wait for a collector; more are refused. */
  readonly maxBufferedBytes: number;
  /** Bytes of one request, about; below a collector's limit of 4 MiB. */
  readonly maxRequestBytes?: number;
  readonly maxConcurrentCalls?: number;
  /** From the beginning of a call to that of the next: what comes meanwhile gathers, unless it fills a request. Default 50. */
  readonly gatherMs?: number;
  /** Attempts for a batch; unlimited within `maxAgeMs` unless given. */
  readonly maxAttempts?: number;
  /** How long a batch is tried again. */
  readonly maxAgeMs?: number;
}

interface Waiting {
  readonly batch: SpanBatch;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends batches to collectors. An idle forwarder sends a batch at once; what follows within some milliseconds gathers and goes together,
 * since a call costs as much as the spans of several datagrams. A
 * collector that cannot be reached or is busy is tried again with growing pauses; meanwhile batches wait in a bounded buffer.
 */
export class Forwarder implements SpanWriter {
  readonly #options: ForwarderOptions;
  readonly #maxRequestBytes: number;
  readonly #maxConcurrentCalls: number;
  readonly #maxAgeMs: number;
  readonly #gatherMs: number;
  readonly #closed = new AbortController();
  #waiting: Waiting[] = [];
  /** Bytes of `#waiting`. */
  #waitingBytes = 0;
  /** Bytes of what waits and what is being sent. */
  #bufferedBytes = 0;
  #nextCallMs = 0;
  #gathering: NodeJS.Timeout | undefined;
  #closing = false;
  #calls = 0;
  /** When each message was logged last. */
  readonly #loggedMs = new Map<string, number>();
  #whenIdle: (() => void)[] = [];

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#maxRequestBytes = options.maxRequestBytes ?? 1024 * 1024;
    this.#maxConcurrentCalls = options.maxConcurrentCalls ?? 4;
    this.#maxAgeMs = options.maxAgeMs ?? 120_000;
    this.#gatherMs = options.gatherMs ?? 50;
  }

  /** Resolves when a collector has the spans. */
  async write(batch: SpanBatch): Promise<void> {
    if (batch.spans.length === 0) return;
    if (this.#closed.signal.aborted) throw new StorageError("CLOSED", "the agent is stopping");
    if (this.#bufferedBytes > 0 && this.#bufferedBytes + batch.byteLength > this.#options.maxBufferedBytes) {
      this.#options.metrics.failed(batch);
      throw new StorageError("OVERLOADED", "the buffer for collectors is full", { retryAfterMs: 1000 });
    }
    this.#bufferedBytes += batch.byteLength;
    this.#waitingBytes += batch.byteLength;
    const settled = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
    });
    this.#pump();
    return settled;
  }

  /** Resolves when nothing waits any more; on the signal what waits is given up. */
  async close(signal: AbortSignal): Promise<void> {
    this.#closing = true;
    this.#pump();
    if (this.#calls > 0 || this.#waiting.length > 0) {
      const idle = new Promise<void>((resolve) => this.#whenIdle.push(resolve));
      const abort = () => this.#closed.abort(new StorageError("CLOSED", "the agent stopped"));
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort, { once: true });
      await idle;
    }
    this.#closed.abort(new StorageError("CLOSED", "the agent stopped"));
  }

  #pump(): void {
    while (this.#calls < this.#maxConcurrentCalls && this.#waiting.length > 0) {
      if (this.#mustGather()) return;
      const group = this.#take();
      this.#calls++;
      void this.#send(group).finally(() => {
        this.#calls--;
        this.#pump();
        if (this.#calls === 0 && this.#waiting.length === 0) for (const idle of this.#whenIdle.splice(0)) idle();
      });
    }
  }

  /** True when more may come before the next call; {@link #pump} is called again when it is time. */
  #mustGather(): boolean {
    const nowMs = performance.now();
    const isFull = this.#waitingBytes >= this.#maxRequestBytes;
    if (!isFull && !this.#closing && nowMs < this.#nextCallMs) {
      this.#gathering ??= setTimeout(() => {
        this.#gathering = undefined;
        this.#pump();
      }, this.#nextCallMs - nowMs);
      return true;
    }
    this.#nextCallMs = nowMs + this.#gatherMs;
    return false;
  }

  #take(): readonly Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { batch } of this.#waiting) {
      if (count > 0 && bytes + batch.byteLength > this.#maxRequestBytes) break;
      bytes += batch.byteLength;
      count++;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  async #send(group: readonly Waiting[]): Promise<void> {
    const { metrics } = this.#options;
    try {
      const request = encodePostSpansRequest(group.map(({ batch }) => batch));
      await this.#callUntilDone(request);
      for (const { batch, resolve } of group) {
        metrics.submitted(batch);
        resolve();
      }
    } catch (cause) {
      const error = this.#closed.signal.aborted ? this.#closed.signal.reason : cause;
      this.#log(error, "Could not send spans over gRPC; they are lost");
      for (const { batch, reject } of group) {
        metrics.failed(batch);
        reject(storageError(error));
      }
    } finally {
      for (const { batch } of group) this.#bufferedBytes -= batch.byteLength;
    }
  }

  async #callUntilDone(request: Uint8Array): Promise<void> {
    const { call, maxAttempts = Number.POSITIVE_INFINITY } = this.#options;
    const giveUpMs = performance.now() + this.#maxAgeMs;
    let backoffMs = FIRST_BACKOFF_MS;
    for (let attempt = 1; ; attempt++) {
      try {
        await call(POST_SPANS, request, this.#closed.signal);
        return;
      } catch (error) {
        const code = (error as Partial<ServiceError>).code;
        const isLast = attempt >= maxAttempts || performance.now() + backoffMs > giveUpMs;
        if (this.#closed.signal.aborted || code === undefined || !RETRYABLE.has(code) || isLast) throw error;
        this.#log(error, "Could not send spans over gRPC; trying again");
        // Jitter keeps the agents of a fleet from coming back all at once.
        await delay(backoffMs * (0.5 + Math.random() / 2), undefined, { signal: this.#closed.signal });
        backoffMs = Math.min(MAX_BACKOFF_MS, backoffMs * 2);
      }
    }
  }

  #log(error: unknown, message: string): void {
    const { logger } = this.#options;
    const { code, details } = error as Partial<ServiceError>;
    if (code === status.PERMISSION_DENIED && details === "missing tenant header") {
      logger.debug({ err: error }, "Could not report untenanted spans over gRPC");
      return;
    }
    const nowMs = performance.now();
    if (nowMs - (this.#loggedMs.get(message) ?? Number.NEGATIVE_INFINITY) < LOG_EVERY_MS) return;
    this.#loggedMs.set(message, nowMs);
    logger.error({ err: grpcErrorText(error) }, message);
  }
}

function storageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const code = (error as Partial<ServiceError>).code;
  const isRetryable = code !== undefined && RETRYABLE.has(code);
  return new StorageError(isRetryable ? "UNAVAILABLE" : "REJECTED", `collector: ${(error as Error).message}`, {
    cause: error,
  });
}
