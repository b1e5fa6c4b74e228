import type { Acks, PartitionRecords } from "../cluster/produce-protocol.ts";
import type { TopicCluster } from "../cluster/topic-cluster.ts";
import { KafkaError } from "../errors.ts";
import type { Compress, Compression } from "../records/compression.ts";
import { NO_STAMP, type ProducerStamp } from "../records/record-batch.ts";
import type { Backlog } from "./backlog.ts";
import type { Batch } from "./batch.ts";
import type { ProducerIdentity } from "./producer-identity.ts";
import type { Settlement } from "./settlement.ts";

export interface RequestSenderOptions {
  readonly cluster: TopicCluster;
  readonly backlog: Backlog;
  readonly identity: ProducerIdentity;
  readonly settlement: Settlement;
  readonly acks: Acks;
  readonly compression: Compression;
  /** `undefined` with compression "none". */
  readonly compress: Compress | undefined;
  /** How long the broker may take to have all its acknowledgements. */
  readonly timeoutMs: number;
  readonly findLeaders: () => void;
}

/** Sends batches to leaders, one request to a node at a time, and has them settled. */
export class RequestSender {
  readonly #options: RequestSenderOptions;
  readonly #busyNodes = new Set<number>();

  constructor(options: RequestSenderOptions) {
    this.#options = options;
  }

  isBusy(nodeId: number): boolean {
    return this.#busyNodes.has(nodeId);
  }

  /** Resolves when the batches are settled, or back in their queues; never rejects. */
  async send(nodeId: number, batches: readonly Batch[]): Promise<void> {
    const { cluster, backlog, identity, settlement, acks, timeoutMs, findLeaders } = this.#options;
    this.#busyNodes.add(nodeId);
    let areSent = false;
    try {
      const id = await identity.current();
      // All at once: while one is compressed, another node's answer may end the id, and the next one counts from 0.
      const stamps = batches.map((batch) => identity.stamp(batch, backlog.queueOf(batch.partition), id));
      const partitions: PartitionRecords[] = [];
      for (const [index, batch] of batches.entries()) {
        const encoded = await this.#encode(batch, stamps[index] ?? NO_STAMP);
        partitions.push({ partition: batch.partition, batch: encoded });
      }
      areSent = true;
      const results = await cluster.produce(nodeId, { acks, timeoutMs, partitions });
      for (const batch of batches) {
        const result = results.find(({ partition }) => partition === batch.partition);
        if (result === undefined) throw new KafkaError("UNREACHABLE", "the broker's answer lacks a partition");
        settlement.answered(batch, result.error);
      }
    } catch (error) {
      const failure =
        error instanceof KafkaError ? error : new KafkaError("UNAVAILABLE", String(error), { cause: error });
      for (const batch of batches) {
        if (backlog.queueOf(batch.partition).sending === batch) settlement.unanswered(batch, failure, areSent);
      }
      findLeaders();
    } finally {
      this.#busyNodes.delete(nodeId);
    }
  }

  async #encode(batch: Batch, stamp: ProducerStamp): Promise<Buffer> {
    const { compress, compression } = this.#options;
    if (compress === undefined || compression === "none") return batch.builder.finish(stamp);
    batch.compressed ??= await compress(batch.builder.records());
    return batch.builder.finishCompressed(batch.compressed, compression, stamp);
  }
}
