import { setTimeout as sleep } from "node:timers/promises";
import { untilAborted } from "@spoor/kafka-client";
import type { Kafka } from "kafkajs";
import type { BaseLogger } from "pino";

export interface LagWatchOptions {
  readonly client: Kafka;
  readonly topic: string;
  readonly groupId: string;
  /** Where the group begins in a partition of which it committed nothing yet. */
  readonly initialOffset: "earliest" | "latest";
  readonly intervalMs: number;
  readonly logger: BaseLogger;
  /** Messages behind the committed offset, for every partition of the topic. */
  readonly onLags: (lags: ReadonlyMap<number, number>) => void;
}

/**
 * Asks the brokers how far the group is behind. What is fetched tells that too, but not of a partition that nothing is fetched from
 * any more, which is the one to notice.
 */
export class LagWatch {
  readonly #options: LagWatchOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: LagWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { client, intervalMs, logger, onLags } = this.#options;
    const admin = client.admin();
    const { signal } = this.#stop;
    let isConnected = false;
    while (!signal.aborted) {
      try {
        if (!isConnected) await untilAborted(admin.connect(), signal);
        isConnected = true;
        onLags(await untilAborted(this.#lags(admin), signal));
      } catch (error) {
        logger.debug({ err: error }, "How far the group is behind is not known");
      }
      await sleep(intervalMs, undefined, { signal, ref: false }).catch(() => {});
    }
    await admin.disconnect().catch(() => {});
  }

  async #lags(admin: ReturnType<Kafka["admin"]>): Promise<ReadonlyMap<number, number>> {
    const { topic, groupId, initialOffset } = this.#options;
    const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const ends = await admin.fetchTopicOffsets(topic);
    const committed = new Map((group?.partitions ?? []).map(({ partition, offset }) => [partition, Number(offset)]));
    return new Map(
      ends.map(({ partition, low, high }) => {
        const own = committed.get(partition) ?? -1;
        const begin = initialOffset === "earliest" ? Number(low) : Number(high);
        return [partition, Math.max(0, Number(high) - (own < 0 ? begin : Math.max(own, Number(low))))];
      }),
    );
  }
}
