/// <reference path="./kafkajs-internals.d.ts" />
import { type LiveTls, openLiveTls } from "@spoor/client-tls";
import { Kafka, type KafkaConfig, type LogEntry, logLevel, type SASLOptions } from "kafkajs";
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import type { BaseLogger } from "pino";
import { KafkaError } from "../errors.ts";
import {
  DEFAULT_CONNECT_TIMEOUT_MS,
  DEFAULT_REQUEST_TIMEOUT_MS,
  type KafkaConnectionOptions,
  type KafkaSasl,
} from "../options.ts";

/** kafkajs's own attempts to connect; whoever uses a connection tries again on top of them. */
export const CONNECT_RETRY = { retries: 2, initialRetryTime: 100, maxRetryTime: 1000 };

/**
 * The TLS of a connection, for {@link createKafkajs}, if it has any; throws a KafkaError where its certificates cannot be used. Who opens
 * it closes it.
 */
export function openKafkaTls({
  tls,
  watchTls,
  flagPrefix,
}: Pick<KafkaConnectionOptions, "tls" | "watchTls" | "flagPrefix">): LiveTls | undefined {
  try {
    return openLiveTls(tls, watchTls);
  } catch (error) {
    throw new KafkaError("TLS", `--${flagPrefix}.tls.* cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

/** A client of kafkajs that logs with ours. Who hears of other certificates gives the `tls` to use, and closes it. */
export function createKafkajs(
  options: Omit<KafkaConnectionOptions, "watchTls">,
  tls: LiveTls | undefined = openKafkaTls(options),
): Kafka {
  repairTimers();
  const sasl = saslOptions(options.sasl);
  const config: KafkaConfig = {
    brokers: [...options.brokers],
    clientId: options.clientId,
    connectionTimeout: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    requestTimeout: options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
    retry: CONNECT_RETRY,
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => log(options.logger, entry),
    ...(tls === undefined ? {} : { ssl: tls.options }),
    ...(sasl === undefined ? {} : { sasl }),
  };
  return new Kafka(config);
}

/** What it calls errors are attempts, each of which our own errors report when they are the last. */
function log(logger: BaseLogger, { namespace, log: { message, logger: _, ...fields } }: LogEntry): void {
  logger.debug({ ...fields, kafkajs: namespace }, message);
}

export function saslOptions(sasl: KafkaSasl | undefined): SASLOptions | undefined {
  if (sasl === undefined) return undefined;
  const { username, password } = sasl;
  switch (sasl.mechanism) {
    case "PLAIN":
      return { mechanism: "plain", username, password };
    case "SCRAM-SHA-256":
      return { mechanism: "scram-sha-256", username, password };
    case "SCRAM-SHA-512":
      return { mechanism: "scram-sha-512", username, password };
  }
}

let isRepaired = false;

/** kafkajs 2.2.4 sets a timer with a negative time after each answer, which Node warns of; none is needed unless something waits. */
function repairTimers(): void {
  if (isRepaired) return;
  isRepaired = true;
  const original = RequestQueue.prototype.scheduleCheckPendingRequests;
  RequestQueue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) original.call(this);
  };
}
