import type { Target } from "../cluster/cluster-error.ts";
import { forbidden, topicMissing } from "../cluster/cluster-error.ts";
import { KafkaError } from "../errors.ts";
import type { Backlog } from "./backlog.ts";
import type { Batch } from "./batch.ts";
import type { BatchLimit } from "./batch-limit.ts";
import { verdictOf } from "./error-codes.ts";
import type { ProducerIdentity } from "./producer-identity.ts";

const FIRST_BACKOFF_MS = 50;
export const MAX_BACKOFF_MS = 1000;

export interface SettlementOptions {
  readonly target: Target;
  readonly backlog: Backlog;
  readonly identity: ProducerIdentity;
  readonly limit: BatchLimit;
  /** Somebody else may lead the partition by now. */
  readonly findLeaders: () => void;
}

/** What becomes of a batch that was sent: taken, given up, cut in two, or sent again after a while. */
export class Settlement {
  readonly #options: SettlementOptions;

  constructor(options: SettlementOptions) {
    this.#options = options;
  }

  /** The broker answered with this error code for the batch. */
  answered(batch: Batch, code: number): void {
    const { name, verdict } = verdictOf(code);
    const { target, identity, findLeaders } = this.#options;
    const unavailable = () =>
      new KafkaError("UNAVAILABLE", `Kafka at ${target.brokers.join(",")} does not take records: ${name}`);
    switch (verdict) {
      case "taken":
        this.#take(batch);
        break;
      case "try-again":
        // "Timed out", and "too few replicas after the append": the leader has the batch all the same.
        batch.mayBeTaken = true;
        this.#sendAgain(batch, unavailable());
        break;
      case "find-leader":
        findLeaders();
        this.#sendAgain(batch, unavailable());
        break;
      case "topic-missing":
        findLeaders();
        this.#sendAgain(batch, topicMissing(target));
        break;
      case "new-producer-id":
        identity.forget(batch);
        this.#sendAgain(batch, unavailable());
        break;
      case "no-idempotence": {
        const error = forbidden(target, name);
        identity.renounce(error);
        this.#sendAgain(batch, error);
        break;
      }
      case "forbidden":
        this.#giveUp(batch, forbidden(target, name));
        break;
      case "too-large":
        this.#shrink(batch, name);
        break;
      case "refused":
        this.#giveUp(batch, new KafkaError("REFUSED", `Kafka refuses records for ${target.topic}: ${name}`));
    }
  }

  /** There was no answer; `wasSent` when the broker may have the batch all the same. */
  unanswered(batch: Batch, error: KafkaError, wasSent: boolean): void {
    if (wasSent) batch.mayBeTaken = true;
    if (error.retryable) this.#sendAgain(batch, error);
    else this.#giveUp(batch, error);
  }

  /** The batch's time is over while it waits. */
  expired(batch: Batch): void {
    const at = this.#options.target.brokers.join(",");
    this.#giveUp(batch, batch.lastError ?? new KafkaError("TIMEOUT", `Kafka at ${at} did not take records in time`));
  }

  #take(batch: Batch): void {
    const { backlog, identity } = this.#options;
    const queue = backlog.queueOf(batch.partition);
    identity.advance(batch, queue);
    backlog.remove(batch);
    batch.taken();
    queue.recycle(batch);
  }

  #giveUp(batch: Batch, error: KafkaError): void {
    const { backlog, identity } = this.#options;
    // What may have been taken has used up sequence numbers.
    if (batch.mayBeTaken) identity.forget(batch);
    backlog.remove(batch);
    batch.failed(error);
  }

  #sendAgain(batch: Batch, error: KafkaError): void {
    batch.lastError = error;
    batch.attempts++;
    const backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(batch.attempts, 10));
    batch.notBeforeMs = Date.now() + backoffMs * (0.5 + Math.random() / 2);
    this.#options.backlog.queueOf(batch.partition).sendAgain(batch);
  }

  /** A batch that the broker finds too large goes in two; a record alone is refused. */
  #shrink(batch: Batch, name: string): void {
    const { target, backlog, limit } = this.#options;
    void limit.refresh();
    if (batch.builder.count > 1) {
      backlog.replace(batch, batch.split());
      return;
    }
    const bytes = batch.builder.byteLength;
    const text = `a record of ${bytes} bytes is larger than topic ${target.topic} takes (${name}): its max.message.bytes counts, and --${target.flagPrefix}.max-message-bytes`;
    this.#giveUp(batch, new KafkaError("TOO_LARGE", text));
  }
}
