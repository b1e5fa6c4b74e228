import { setTimeout as sleep } from "node:timers/promises";
import {
  createKafkajs,
  DEFAULT_MAX_INFLATED_BYTES,
  kafkaError,
  type LiveTls,
  openKafkaTls,
  registerCodecs,
  untilAborted,
} from "@spoor/kafka-client";
import type { Consumer, Kafka } from "kafkajs";
import { BatchProcessor } from "./batch-processor.ts";
import { BatchTaker } from "./batch-taker.ts";
import { type DeadLetters, openDeadLetters } from "./dead-letters.ts";
import type { IngesterOptions } from "./ingester-options.ts";
import { LagWatch } from "./lag-watch.ts";
import { createDecoder } from "./message/decode.ts";
import { createIngesterMetrics, type IngesterMetrics } from "./metrics.ts";
import { rangeAssigner } from "./range-assigner.ts";
import { StallWatch } from "./stall-watch.ts";

export interface Ingester {
  /** Finishes what is being written, commits its offsets and leaves the group. */
  close(): Promise<void>;
}

const SPANS_A_WRITE = 500;
const PARTITIONS_AT_ONCE = 8;
/** v1's. */
export const DEFAULT_SESSION_TIMEOUT_MS = 10_000;
/** So many heartbeats go in a session. */
const HEARTBEATS_A_SESSION = 5;
const MAX_FETCH_BYTES = 16 * 1024 * 1024;
const MAX_WAIT_MS = 500;
const LAG_INTERVAL_MS = 5000;
const FIRST_REJOIN_MS = 500;
const MAX_REJOIN_MS = 15_000;
/** For a member that shall leave and does not, such as because no broker answers: longer than last writes, shorter than a daemon has to stop. */
const LEAVE_TIMEOUT_MS = 9000;

/**
 * Joins the group and moves spans from the topic to the store. Rejects with a KafkaError that names the flag to look at, or with the
 * signal's reason: it waits for as long as nobody coordinates the group.
 */
export async function startIngester(options: IngesterOptions, signal?: AbortSignal): Promise<Ingester> {
  signal?.throwIfAborted();
  registerCodecs(DEFAULT_MAX_INFLATED_BYTES);
  const { connection, topic, logger } = options;
  const tls = openKafkaTls(connection);
  const client = createKafkajs({ ...connection, logger }, tls);
  const target = { brokers: connection.brokers, flagPrefix: connection.flagPrefix, topic };
  let deadLetters: DeadLetters | undefined;
  let ingester: TopicIngester | undefined;
  try {
    const { deadLetterTopic } = options;
    if (deadLetterTopic !== undefined) {
      deadLetters = await openDeadLetters(client, { ...target, topic: deadLetterTopic }, signal);
    }
    ingester = new TopicIngester(options, client, tls, deadLetters);
    await untilAborted(ingester.join(), signal);
    return ingester;
  } catch (error) {
    tls?.close();
    const closing = (ingester ?? deadLetters)
      ?.close()
      .catch((failure) => logger.debug({ err: failure }, "What was begun cannot be ended"));
    // A connection closes when its last request is answered, or times out: who wants to stop does not wait for that.
    signal?.throwIfAborted();
    await closing;
    throw kafkaError(error, target);
  }
}

class TopicIngester implements Ingester {
  readonly #options: IngesterOptions;
  readonly #client: Kafka;
  readonly #tls: LiveTls | undefined;
  readonly #deadLetters: DeadLetters | undefined;
  readonly #metrics: IngesterMetrics;
  readonly #taker: BatchTaker;
  readonly #stop = new AbortController();
  readonly #stalls: StallWatch;
  readonly #lags: LagWatch;
  readonly #sessionTimeoutMs: number;
  readonly #heartbeatMs: number;
  #partitions: readonly number[] = [];
  #consumer: Consumer | undefined;
  /** Ends with the present membership. */
  #membership = new AbortController();
  #isRejoining = false;
  #connectionProblem: string | undefined;
  #lagProblem: string | undefined;

  constructor(options: IngesterOptions, client: Kafka, tls: LiveTls | undefined, deadLetters: DeadLetters | undefined) {
    this.#options = options;
    this.#client = client;
    this.#tls = tls;
    this.#deadLetters = deadLetters;
    this.#metrics = createIngesterMetrics(options.registry, options.topic);
    this.#sessionTimeoutMs = options.sessionTimeoutMs ?? DEFAULT_SESSION_TIMEOUT_MS;
    this.#heartbeatMs = Math.floor(this.#sessionTimeoutMs / HEARTBEATS_A_SESSION);
    const spansAWrite = Math.max(1, Math.min(SPANS_A_WRITE, options.parallelism));
    const processor = new BatchProcessor({
      ingest: options.writer,
      decode: createDecoder(options.encoding),
      deadLetters,
      metrics: this.#metrics,
      logger: options.logger,
      spansAWrite,
      writesAtOnce: Math.max(1, Math.floor(options.parallelism / spansAWrite)),
      lastWritesMs: options.lastWritesMs,
    });
    this.#stalls = new StallWatch({
      intervalMs: options.stallIntervalMs,
      batchesAtOnce: PARTITIONS_AT_ONCE,
      onStall: (partition) => {
        options.logger.error({ partition }, "A partition has messages but makes no progress: joining the group anew");
        this.#metrics.restarted(partition);
        this.#rejoin();
      },
    });
    const parts = { processor, metrics: this.#metrics, stalls: this.#stalls };
    this.#taker = new BatchTaker({ ...parts, heartbeatMs: this.#heartbeatMs });
    const { topic, groupId, initialOffset, lagIntervalMs = LAG_INTERVAL_MS, logger } = options;
    this.#lags = new LagWatch({
      client,
      topic,
      groupId,
      initialOffset,
      intervalMs: lagIntervalMs,
      logger,
      onLags: (lags) => this.#measured(lags),
    });
  }

  #state(problem: string | undefined): void {
    this.#connectionProblem = problem;
    this.#report();
  }

  #report(): void {
    this.#options.onState(this.#connectionProblem ?? this.#lagProblem);
  }

  #measured(lags: ReadonlyMap<number, number>): void {
    const { readyMaxLag = 0 } = this.#options;
    let sum = 0;
    for (const partition of this.#partitions) {
      const lag = lags.get(partition) ?? 0;
      sum += lag;
      this.#metrics.behind(partition, lag);
      this.#stalls.waiting(partition, lag);
    }
    this.#lagProblem =
      readyMaxLag > 0 && sum > readyMaxLag ? `${sum} messages behind, more than ${readyMaxLag}` : undefined;
    this.#report();
  }

  async join(): Promise<void> {
    const { groupId, rackId, topic, initialOffset, maxBytesPerPartition } = this.#options;
    const consumer = this.#client.consumer({
      groupId,
      rackId,
      sessionTimeout: this.#sessionTimeoutMs,
      heartbeatInterval: this.#heartbeatMs,
      maxBytesPerPartition,
      maxBytes: MAX_FETCH_BYTES,
      maxWaitTimeInMs: MAX_WAIT_MS,
      allowAutoTopicCreation: true,
      partitionAssigners: [rangeAssigner],
      retry: { retries: Number.MAX_SAFE_INTEGER, initialRetryTime: 200, maxRetryTime: 5000 },
    });
    this.#consumer = consumer;
    this.#membership = new AbortController();
    const { GROUP_JOIN, HEARTBEAT, CRASH, REBALANCING, REQUEST_TIMEOUT, DISCONNECT } = consumer.events;
    const isCurrent = () => consumer === this.#consumer;
    const onState = (problem: string | undefined) => {
      if (isCurrent()) this.#state(problem);
    };
    consumer.on(GROUP_JOIN, ({ payload }) => {
      if (isCurrent()) this.#hold(payload.memberAssignment[topic] ?? []);
      onState(undefined);
    });
    consumer.on(HEARTBEAT, () => onState(undefined));
    consumer.on(REBALANCING, () => {
      if (isCurrent()) this.#hold([]);
    });
    consumer.on(REQUEST_TIMEOUT, ({ payload }) => onState(`Kafka at ${payload.broker} does not answer`));
    consumer.on(DISCONNECT, () => onState("not connected to Kafka"));
    consumer.on(CRASH, ({ payload }) => {
      if (!isCurrent()) return;
      onState(`the consumer failed: ${payload.error.message}`);
      this.#hold([]);
      if (!payload.restart) this.#options.onFailure(payload.error);
    });
    onState("has not joined its group yet");
    const { signal } = this.#stop;
    try {
      await consumer.connect();
      signal.throwIfAborted();
      await consumer.subscribe({ topic, fromBeginning: initialOffset === "earliest" });
      signal.throwIfAborted();
      await consumer.run({
        autoCommit: true,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
        eachBatch: (payload) => this.#taker.take(payload, [this.#stop.signal, this.#membership.signal]),
      });
      signal.throwIfAborted();
    } catch (error) {
      // Who was told to stop meanwhile has disconnected what there was then.
      if (signal.aborted) await leave(consumer).catch(() => {});
      throw error;
    }
    this.#lags.start();
  }

  #hold(partitions: readonly number[]): void {
    for (const partition of this.#partitions) this.#metrics.partitionClosed(partition);
    for (const partition of partitions) this.#metrics.partitionStarted(partition);
    this.#partitions = partitions;
    this.#metrics.held(partitions.length);
    this.#stalls.hold(partitions);
  }

  #rejoin(): void {
    if (this.#isRejoining) return;
    this.#isRejoining = true;
    const old = this.#consumer;
    this.#consumer = undefined;
    this.#hold([]);
    this.#state("joins its group anew");
    this.#membership.abort(new Error("the ingester joins its group anew"));
    void this.#leaveAndJoin(old).finally(() => {
      this.#isRejoining = false;
    });
  }

  async #leaveAndJoin(old: Consumer | undefined): Promise<void> {
    const { logger } = this.#options;
    const { signal } = this.#stop;
    await leave(old).catch((error) => logger.warn({ err: error }, "The consumer does not leave its group"));
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await this.join();
        return;
      } catch (error) {
        if (signal.aborted) return;
        logger.error({ err: error }, "The group cannot be joined; trying again");
        const failed = this.#consumer;
        this.#consumer = undefined;
        await leave(failed).catch(() => {});
        const pauseMs = Math.min(MAX_REJOIN_MS, FIRST_REJOIN_MS * 2 ** Math.min(attempt, 10));
        await sleep(pauseMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("the ingester stops"));
    this.#stalls.close();
    await this.#lags.close();
    try {
      await leave(this.#consumer);
    } finally {
      this.#hold([]);
      await this.#deadLetters?.close();
      this.#tls?.close();
    }
  }
}

async function leave(consumer: Consumer | undefined): Promise<void> {
  if (consumer === undefined) return;
  const timeout = new AbortController();
  try {
    await Promise.race([
      consumer.disconnect(),
      sleep(LEAVE_TIMEOUT_MS, undefined, { signal: timeout.signal }).then(() => {
        throw new Error(`no answer for ${LEAVE_TIMEOUT_MS} ms`);
      }),
    ]);
  } finally {
    timeout.abort();
  }
}
