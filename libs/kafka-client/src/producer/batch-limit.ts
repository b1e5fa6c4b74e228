import type { TopicCluster } from "../cluster/topic-cluster.ts";
import { BATCH_HEAD_BYTES, MAX_RECORD_OVERHEAD_BYTES } from "../records/record-batch.ts";

/** How large a batch may be before it is compressed: as we were told, or as the topic takes, whichever is less. */
export class BatchLimit {
  readonly #cluster: Pick<TopicCluster, "maxMessageBytes">;
  readonly #configuredBytes: number;
  #bytes: number;

  constructor(cluster: Pick<TopicCluster, "maxMessageBytes">, configuredBytes: number) {
    this.#cluster = cluster;
    this.#configuredBytes = configuredBytes;
    this.#bytes = configuredBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Key and value of a record may have this many bytes together. */
  get recordBytes(): number {
    return this.#bytes - BATCH_HEAD_BYTES - MAX_RECORD_OVERHEAD_BYTES;
  }

  /** Asks for the topic's limit, which stays what it was when nobody says. */
  async refresh(): Promise<void> {
    const bytes = await this.#cluster.maxMessageBytes();
    if (bytes !== undefined) this.#bytes = Math.min(this.#configuredBytes, bytes);
  }
}
