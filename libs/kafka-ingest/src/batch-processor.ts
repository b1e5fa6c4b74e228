import { setTimeout as sleep } from "node:timers/promises";
import type { AdmittedBatch, Ingest } from "@spoor/ingest";
import { type EncodedSpan, NO_FIELDS } from "@spoor/span-wire";
import { StorageError } from "@spoor/storage-api";
import type { Batch, KafkaMessage } from "kafkajs";
import type { BaseLogger } from "pino";
import type { DeadLetter, DeadLetters } from "./dead-letters.ts";
import { MessageError } from "./errors.ts";
import type { MessageDecoder } from "./message/decode.ts";
import type { IngesterMetrics } from "./metrics.ts";

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 30_000;
const LOG_EVERY_MS = 5000;
/** How long a write may go on once the partition is not ours any more. */
const DEFAULT_LAST_WRITES_MS = 8000;

export interface BatchProcessorOptions {
  readonly ingest: Pick<Ingest, "admit">;
  readonly decode: MessageDecoder;
  /** `undefined` drops what is no span, counted and logged. */
  readonly deadLetters: DeadLetters | undefined;
  readonly metrics: IngesterMetrics;
  readonly logger: BaseLogger;
  /** Spans that are written together. */
  readonly spansAWrite: number;
  /** Writes of one batch at a time. */
  readonly writesAtOnce: number;
  /** How long a write may go on after the signal; 8 s unless given. */
  readonly lastWritesMs?: number | undefined;
}

/** A span that the store does not take, and why. */
interface Refusal {
  readonly span: EncodedSpan;
  readonly error: StorageError;
}

/** What the batch's partition does meanwhile. */
export interface BatchContext {
  readonly batch: Pick<Batch, "topic" | "partition" | "messages">;
  /** Every span up to this offset is stored, or a dead letter. */
  readonly done: (offset: string) => void;
  /** Hears of each attempt that failed and is repeated. */
  readonly tried?: () => void;
  /**
   * Ends the work: no further write begins, and those that run have a few seconds. What is not done is read again later, by whoever has
   * the partition then.
   */
  readonly signal: AbortSignal;
}

/**
 * Stores the spans of a fetched batch. Several writes run at once, but `done` hears of offsets in order, each once all before it are
 * stored. A store that is away is tried again, without an end, while the partition waits; what the store refuses, and what is no span, goes
 * to the dead letters, one by one.
 */
export class BatchProcessor {
  readonly #options: BatchProcessorOptions;
  #lastLogMs = Number.NEGATIVE_INFINITY;

  constructor(options: BatchProcessorOptions) {
    this.#options = options;
  }

  async process(context: BatchContext): Promise<void> {
    const { batch, done, signal } = context;
    const { spansAWrite, writesAtOnce, lastWritesMs = DEFAULT_LAST_WRITES_MS } = this.#options;
    const running: { readonly lastOffset: string; readonly stored: Promise<void> }[] = [];
    const finishFirst = async () => {
      const first = running[0];
      if (first === undefined) return;
      await inTime(first.stored, signal, lastWritesMs);
      running.shift();
      done(first.lastOffset);
    };
    try {
      for (let at = 0; at < batch.messages.length && !signal.aborted; at += spansAWrite) {
        if (running.length >= writesAtOnce) await finishFirst();
        const messages = batch.messages.slice(at, at + spansAWrite);
        const last = messages.at(-1);
        if (last === undefined) break;
        const stored = this.#store(context, messages);
        // It is awaited in its turn; until then nobody else looks at it.
        stored.catch(() => {});
        running.push({ lastOffset: last.offset, stored });
      }
      while (running.length > 0) await finishFirst();
    } finally {
      // Nothing of ours is under way when another one takes the partition over.
      await inTime(Promise.allSettled(running.map(({ stored }) => stored)), signal, lastWritesMs).catch(() => {});
    }
  }

  async #store(context: BatchContext, messages: readonly KafkaMessage[]): Promise<void> {
    const { decode, metrics } = this.#options;
    const { batch } = context;
    const startedMs = performance.now();
    const spans: EncodedSpan[] = [];
    /** By the buffer of its span, which is its own. */
    const messageOf = new Map<Uint8Array, KafkaMessage>();
    const letters: DeadLetter[] = [];
    const refuse = (message: KafkaMessage, error: MessageError) => {
      const { offset, key, value } = message;
      letters.push({ topic: batch.topic, partition: batch.partition, offset, key, value, error });
    };
    for (const message of messages) {
      try {
        const span = decode(message.value);
        spans.push(span);
        messageOf.set(span.buffer, message);
      } catch (error) {
        if (!(error instanceof MessageError)) throw error;
        refuse(message, error);
      }
    }
    for (const { span, error } of spans.length === 0 ? [] : await this.#ingest(spans, context)) {
      const message = messageOf.get(span.buffer);
      if (message === undefined) throw new Error("a refused span is of no message");
      refuse(message, new MessageError("REFUSED", error.message, { cause: error }));
    }
    await this.#bury(letters, context);
    metrics.processed((performance.now() - startedMs) / 1000);
  }

  /** Resolves once all spans are stored but for those it gives, which the store refuses. They count once, however often they are tried. */
  async #ingest(spans: readonly EncodedSpan[], context: BatchContext): Promise<readonly Refusal[]> {
    const byteLength = spans.reduce((sum, span) => sum + span.buffer.length, 0);
    const batch = {
      spans,
      commonFields: NO_FIELDS,
      format: "unknown",
      transport: "unknown",
      tenant: "",
      byteLength,
    } as const;
    const admitted = await this.#persist(async () => this.#options.ingest.admit(batch), context);
    const refusals: Refusal[] = [];
    try {
      await this.#write(admitted, admitted.spans, context, refusals);
    } catch (error) {
      const reason = new StorageError("CLOSED", "the partition is read again, by whoever has it then", {
        cause: error,
      });
      admitted.settle(admitted.spans, reason);
      throw error;
    }
    admitted.settle(
      refusals.map(({ span }) => span),
      refusals[0]?.error,
    );
    return refusals;
  }

  /** Writes until all is stored but for what the store refuses, which joins `refusals`. */
  async #write(
    admitted: AdmittedBatch,
    spans: readonly EncodedSpan[],
    context: BatchContext,
    refusals: Refusal[],
  ): Promise<void> {
    const [span] = spans;
    if (span === undefined) return;
    const write = () =>
      admitted.write(spans).catch((error: unknown) => {
        if (error instanceof StorageError && error.code === "REJECTED") return error;
        throw error;
      });
    const error = await this.#persist(write, context);
    if (error === undefined) return;
    if (spans.length === 1) {
      refusals.push({ span, error });
      return;
    }
    // One of them spoils the rest: halves, until it is alone. Writing a span again is harmless.
    const half = Math.ceil(spans.length / 2);
    await this.#write(admitted, spans.slice(0, half), context, refusals);
    await this.#write(admitted, spans.slice(half), context, refusals);
  }

  /** Tries until it succeeds. */
  async #persist<T>(attempt: () => Promise<T>, context: BatchContext): Promise<T> {
    for (let failures = 0; ; failures++) {
      try {
        return await attempt();
      } catch (error) {
        this.#options.metrics.failed();
        await this.#pause(error, failures, context);
      }
    }
  }

  async #bury(letters: readonly DeadLetter[], context: BatchContext): Promise<void> {
    if (letters.length === 0) return;
    const { deadLetters, metrics, logger } = this.#options;
    for (const { error, topic, partition, offset } of letters) {
      metrics.deadLettered(error.code.toLowerCase());
      logger.warn({ topic, partition, offset, reason: error.message }, "A message is no span");
    }
    for (let attempt = 0; deadLetters !== undefined; attempt++) {
      try {
        await deadLetters.send(letters);
        return;
      } catch (error) {
        await this.#pause(error, attempt, context);
      }
    }
  }

  /** Waits longer each time; rejects with the signal's reason. */
  async #pause(error: unknown, attempt: number, { signal, tried }: BatchContext): Promise<void> {
    signal.throwIfAborted();
    tried?.();
    const nowMs = performance.now();
    if (nowMs - this.#lastLogMs > LOG_EVERY_MS) {
      this.#lastLogMs = nowMs;
      this.#options.logger.error({ err: error, attempt }, "Spans are not stored; trying again");
    }
    this.#options.metrics.retried();
    const asked = error instanceof StorageError ? (error.retryAfterMs ?? 0) : 0;
    const backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(attempt, 12));
    try {
      await sleep(Math.max(asked, backoffMs * (0.5 + Math.random() / 2)), undefined, { signal });
    } catch {
      throw signal.reason;
    }
  }
}

/** Waits for `work`, but after the signal for this long only: a store that never answers must not keep a partition. */
function inTime<T>(work: Promise<T>, signal: AbortSignal, lastWritesMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const limit = () => {
      timer = setTimeout(() => reject(signal.reason), lastWritesMs);
    };
    if (signal.aborted) limit();
    else signal.addEventListener("abort", limit, { once: true });
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", limit);
    });
  });
}
