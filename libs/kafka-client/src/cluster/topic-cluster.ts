/// <reference path="./kafkajs-internals.d.ts" />
import { setTimeout as sleep } from "node:timers/promises";
import type { LiveTls } from "@spoor/client-tls";
import Cluster from "kafkajs/src/cluster/index.js";
import createSocketFactory from "kafkajs/src/network/socketFactory.js";
import type { BaseLogger } from "pino";
import { KafkaError } from "../errors.ts";
import { DEFAULT_CONNECT_TIMEOUT_MS, DEFAULT_REQUEST_TIMEOUT_MS, type KafkaConnectionOptions } from "../options.ts";
import { untilAborted } from "../until-aborted.ts";
import { clusterError, type Target, topicMissing } from "./cluster-error.ts";
import { CONNECT_RETRY, createKafkajs, openKafkaTls, saslOptions } from "./kafkajs-client.ts";
import {
  type Acks,
  decodeProduce,
  encodeProduce,
  type PartitionRecords,
  type PartitionResult,
  PRODUCE,
} from "./produce-protocol.ts";

const NO_LEADER = -1;
/** How long a topic may take to come to be when we first ask for it. */
const DEFAULT_TOPIC_PATIENCE_MS = 8000;
/** How long its partitions may take to have leaders: kafkajs knows none of them while one has none, such as when its broker restarts. */
const LEADER_PATIENCE_MS = 60_000;
const TOPIC_POLL_MS = 250;
const TELL_AFTER_MS = 2000;
const METADATA_MAX_AGE_MS = 300_000;
const CONFIG_RESOURCE_TOPIC = 2;
const MAX_MESSAGE_BYTES = "max.message.bytes";

/** The id under which a broker takes each batch once. */
export interface ProducerId {
  readonly id: bigint;
  readonly epoch: number;
}

export interface ProduceRequest {
  readonly acks: Acks;
  readonly timeoutMs: number;
  readonly partitions: readonly PartitionRecords[];
}

/**
 * The brokers of one topic: who leads which partition, and record batches sent to a leader. Connections, logging in, TLS and metadata
 * are kafkajs's; the batches come encoded, for its own encoder costs several times what the rest of the way does.
 */
export class TopicCluster {
  readonly #cluster: Cluster;
  readonly #tls: LiveTls | undefined;
  readonly #target: Target;
  readonly #requestTimeoutMs: number;
  readonly #topicPatienceMs: number;
  readonly #logger: BaseLogger;
  #leaders: Int32Array = new Int32Array(0);
  #refreshing: Promise<void> | undefined;

  constructor(options: KafkaConnectionOptions, topic: string, topicPatienceMs: number = DEFAULT_TOPIC_PATIENCE_MS) {
    this.#topicPatienceMs = topicPatienceMs;
    this.#target = { brokers: options.brokers, flagPrefix: options.flagPrefix, topic };
    this.#logger = options.logger;
    this.#requestTimeoutMs = options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
    this.#tls = openKafkaTls(options);
    this.#cluster = new Cluster({
      logger: createKafkajs(options, this.#tls).logger(),
      socketFactory: createSocketFactory(),
      brokers: [...options.brokers],
      ssl: this.#tls?.options,
      sasl: saslOptions(options.sasl),
      clientId: options.clientId,
      connectionTimeout: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
      requestTimeout: this.#requestTimeoutMs,
      enforceRequestTimeout: true,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      retry: CONNECT_RETRY,
      allowAutoTopicCreation: true,
    });
  }

  get target(): Target {
    return this.#target;
  }

  get partitionCount(): number {
    return this.#leaders.length;
  }

  /** The node that leads a partition; `undefined` while it has none. */
  leaderOf(partition: number): number | undefined {
    const leader = this.#leaders[partition];
    return leader === NO_LEADER ? undefined : leader;
  }

  /** Connects and learns of the topic, waiting a little for one that is just being created. After the signal, only {@link close} is left. */
  async connect(signal?: AbortSignal): Promise<void> {
    const connecting = this.#cluster.connect();
    try {
      await untilAborted(connecting, signal);
    } catch (error) {
      if (signal?.aborted) {
        // It cannot be told to give up, and must not leave a connection behind that nobody closes.
        connecting.then(() => this.close()).catch(() => {});
        throw signal.reason;
      }
      throw clusterError(error, this.#target);
    }
    const startedMs = Date.now();
    let isTold = false;
    for (;;) {
      try {
        await untilAborted(this.#cluster.addTargetTopic(this.#target.topic), signal);
        this.#takeLeaders();
        if (this.#leaders.length > 0) return;
        throw topicMissing(this.#target);
      } catch (error) {
        signal?.throwIfAborted();
        const known = clusterError(error, this.#target);
        const waitedMs = Date.now() - startedMs;
        if (waitedMs >= this.#patienceMs(known)) throw known;
        if (!isTold && waitedMs > TELL_AFTER_MS) {
          isTold = true;
          this.#logger.warn({ reason: known.message }, "Kafka cannot take records yet; waiting for it");
        }
        await untilAborted(sleep(TOPIC_POLL_MS), signal);
      }
    }
  }

  /** Asks anew who leads. Calls at the same time are one. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    try {
      await this.#cluster.addTargetTopic(this.#target.topic);
      await this.#cluster.refreshMetadata();
      this.#takeLeaders();
    } catch (error) {
      throw clusterError(error, this.#target);
    }
  }

  #takeLeaders(): void {
    const partitions = this.#cluster.findTopicPartitionMetadata(this.#target.topic);
    const count = partitions.reduce((most, { partitionId }) => Math.max(most, partitionId + 1), 0);
    const leaders = new Int32Array(count).fill(NO_LEADER);
    for (const { partitionId, leader } of partitions) leaders[partitionId] = leader;
    // Topics never lose partitions; one that seems to is being made anew.
    if (count > 0) this.#leaders = leaders;
  }

  /** Sends batches to the node that leads their partitions. Without acknowledgements all count as taken. */
  async produce(nodeId: number, request: ProduceRequest): Promise<readonly PartitionResult[]> {
    const { acks, timeoutMs, partitions } = request;
    try {
      const broker = await this.#cluster.findBroker({ nodeId: String(nodeId) });
      const offered = broker.versions[PRODUCE.apiKey];
      const version = Math.min(PRODUCE.maxVersion, offered?.maxVersion ?? 0);
      if (offered === undefined || version < Math.max(PRODUCE.minVersion, offered.minVersion)) {
        throw new KafkaError("UNSUPPORTED", `the broker offers no version of Produce that is known here`);
      }
      const body = encodeProduce({ topic: this.#target.topic, acks, timeoutMs, partitions });
      const answer = await broker.connectionPool.send({
        request: {
          apiKey: PRODUCE.apiKey,
          apiVersion: version,
          apiName: "Produce",
          expectResponse: () => acks !== 0,
          encode: async () => ({ buf: body, buffer: body }),
        },
        response: {
          decode: async (payload) => decodeProduce(payload, version),
          parse: async (decoded) => decoded,
        },
        logResponseError: false,
      });
      return answer?.results ?? partitions.map(({ partition }) => ({ partition, error: 0 }));
    } catch (error) {
      throw clusterError(error, this.#target);
    }
  }

  /** An id of our own; any broker gives one. */
  async newProducerId(): Promise<ProducerId> {
    try {
      const broker = await this.#anyBroker();
      const { producerId, producerEpoch } = await broker.initProducerId({
        transactionalId: null,
        transactionTimeout: this.#requestTimeoutMs,
      });
      return { id: BigInt(producerId), epoch: producerEpoch };
    } catch (error) {
      throw clusterError(error, this.#target);
    }
  }

  /** The topic's `max.message.bytes`; `undefined` where we may not ask. */
  async maxMessageBytes(): Promise<number | undefined> {
    try {
      const broker = await this.#anyBroker();
      const { resources } = await broker.describeConfigs({
        resources: [{ type: CONFIG_RESOURCE_TOPIC, name: this.#target.topic, configNames: [MAX_MESSAGE_BYTES] }],
        includeSynonyms: false,
      });
      const entry = resources[0]?.configEntries.find(({ configName }) => configName === MAX_MESSAGE_BYTES);
      const value = Number(entry?.configValue ?? Number.NaN);
      return Number.isSafeInteger(value) && value > 0 ? value : undefined;
    } catch {
      return undefined;
    }
  }

  async #anyBroker() {
    let failure: unknown = new KafkaError("UNREACHABLE", "no broker is known");
    for (const nodeId of this.#cluster.getNodeIds()) {
      try {
        return await this.#cluster.findBroker({ nodeId });
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** How long a start waits for this to pass. */
  #patienceMs({ code }: KafkaError): number {
    if (code === "UNAVAILABLE") return LEADER_PATIENCE_MS;
    return code === "TOPIC_MISSING" ? this.#topicPatienceMs : 0;
  }

  async close(): Promise<void> {
    this.#tls?.close();
    await this.#cluster.disconnect();
  }
}
