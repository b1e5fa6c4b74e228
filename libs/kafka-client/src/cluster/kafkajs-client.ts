/// <reference path="./kafkajs-internals.d.ts" />
import type { ConnectionOptions } from "node:tls";
import { Kafka, type KafkaConfig, type LogEntry, logLevel, type SASLOptions } from "kafkajs";
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import type { BaseLogger } from "pino";
import {
  DEFAULT_CONNECT_TIMEOUT_MS,
  DEFAULT_REQUEST_TIMEOUT_MS,
  type KafkaConnectionOptions,
  type KafkaSasl,
  type KafkaTls,
} from "../options.ts";

/** kafkajs's own attempts to connect; whoever uses a connection tries again on top of them. */
export const CONNECT_RETRY = { retries: 2, initialRetryTime: 100, maxRetryTime: 1000 };

/** A client of kafkajs that logs with ours. */
export function createKafkajs(options: KafkaConnectionOptions): Kafka {
  repairTimers();
  const ssl = sslOptions(options.tls);
  const sasl = saslOptions(options.sasl);
  const config: KafkaConfig = {
    brokers: [...options.brokers],
    clientId: options.clientId,
    connectionTimeout: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    requestTimeout: options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
    retry: CONNECT_RETRY,
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => log(options.logger, entry),
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
  };
  return new Kafka(config);
}

/** What it calls errors are attempts, each of which our own errors report when they are the last. */
function log(logger: BaseLogger, { namespace, log: { message, logger: _, ...fields } }: LogEntry): void {
  logger.debug({ ...fields, kafkajs: namespace }, message);
}

export function sslOptions(tls: KafkaTls | undefined): ConnectionOptions | undefined {
  if (tls === undefined) return undefined;
  return {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    rejectUnauthorized: !(tls.skipHostVerify ?? false),
  };
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
