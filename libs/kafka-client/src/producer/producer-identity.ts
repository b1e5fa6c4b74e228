import type { BaseLogger } from "pino";
import type { ProducerId, TopicCluster } from "../cluster/topic-cluster.ts";
import { KafkaError } from "../errors.ts";
import { NO_STAMP, type ProducerStamp } from "../records/record-batch.ts";
import type { Batch } from "./batch.ts";
import type { PartitionQueue } from "./partition-queue.ts";

const MAX_SEQUENCE = 0x7fffffff;

/**
 * Who we are to the brokers: a producer id, under which each partition's batches are numbered, so that a batch is taken once however often
 * it is sent. Without one (other acknowledgements than by all replicas, or not allowed) batches go unnumbered.
 */
export class ProducerIdentity {
  readonly #cluster: Pick<TopicCluster, "newProducerId">;
  readonly #logger: Pick<BaseLogger, "warn">;
  #isUsed: boolean;
  #id: ProducerId | undefined;
  #coming: Promise<ProducerId> | undefined;
  /** Counts producer ids. */
  #generation = 0;

  constructor(cluster: Pick<TopicCluster, "newProducerId">, logger: Pick<BaseLogger, "warn">, isUsed: boolean) {
    this.#cluster = cluster;
    this.#logger = logger;
    this.#isUsed = isUsed;
  }

  /** The present id, asked for when there is none; `undefined` where none is used. */
  current(): Promise<ProducerId> | ProducerId | undefined {
    if (!this.#isUsed) return undefined;
    if (this.#id !== undefined) return this.#id;
    this.#coming ??= this.#renew().finally(() => {
      this.#coming = undefined;
    });
    return this.#coming;
  }

  /** What goes on the next batch of a partition; numbers begin anew with a new id. */
  stamp(batch: Batch, queue: PartitionQueue, id: ProducerId | undefined): ProducerStamp {
    if (queue.generation !== this.#generation) queue.restart(this.#generation);
    batch.generation = this.#generation;
    if (id === undefined) return NO_STAMP;
    return { producerId: id.id, producerEpoch: id.epoch, baseSequence: queue.nextSequence };
  }

  /** The broker has the batch: its numbers are used up. */
  advance(batch: Batch, queue: PartitionQueue): void {
    if (batch.generation !== queue.generation) return;
    queue.nextSequence = (queue.nextSequence + batch.builder.count) % (MAX_SEQUENCE + 1);
  }

  /** The brokers' count under the batch's id is not ours any more: the next batch gets another id. */
  forget(batch: Batch): void {
    if (batch.generation === this.#generation) this.#id = undefined;
  }

  /** We may not have one. */
  renounce(reason: unknown): void {
    if (!this.#isUsed) return;
    this.#isUsed = false;
    this.#logger.warn(
      { err: reason },
      "Kafka lets this user have no producer id: a batch that is sent again may be in the topic twice, which readers of spans do not mind",
    );
  }

  async #renew(): Promise<ProducerId> {
    try {
      const id = await this.#cluster.newProducerId();
      this.#id = id;
      this.#generation++;
      return id;
    } catch (error) {
      if (error instanceof KafkaError && error.code === "FORBIDDEN") this.renounce(error);
      throw error;
    }
  }
}
