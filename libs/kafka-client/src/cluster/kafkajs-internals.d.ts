/*
 * The parts of kafkajs 2.2.4 that are used without being its documented face. The version is pinned; kafkajs has published none since 2023.
 */

declare module "kafkajs/src/cluster/index.js" {
  import type { ConnectionOptions } from "node:tls";
  import type { Logger } from "kafkajs";

  interface ProtocolRequest {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    expectResponse(): boolean;
    /** What its encoder gives: bytes, twice. */
    encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>;
  }

  interface ProtocolResponse<T> {
    decode(payload: Buffer): Promise<T>;
    parse(decoded: T): Promise<T>;
  }

  interface Broker {
    readonly versions: Readonly<
      Record<number, { readonly minVersion: number; readonly maxVersion: number } | undefined>
    >;
    readonly connectionPool: {
      readonly host: string;
      readonly port: number;
      send<T>(request: {
        readonly request: ProtocolRequest;
        readonly response: ProtocolResponse<T>;
        readonly requestTimeout?: number;
        readonly logResponseError?: boolean;
      }): Promise<T | undefined>;
    };
    disconnect(): Promise<void>;
    initProducerId(options: { transactionalId: null; transactionTimeout: number }): Promise<{
      readonly producerId: string;
      readonly producerEpoch: number;
    }>;
    describeConfigs(options: {
      resources: readonly { type: number; name: string; configNames: readonly string[] }[];
      includeSynonyms: boolean;
    }): Promise<{
      readonly resources: readonly {
        readonly configEntries: readonly { configName: string; configValue: string | null }[];
      }[];
    }>;
  }

  class Cluster {
    constructor(options: {
      logger: Logger;
      socketFactory: unknown;
      brokers: readonly string[];
      ssl: ConnectionOptions | undefined;
      sasl: unknown;
      clientId: string;
      connectionTimeout: number;
      requestTimeout: number;
      enforceRequestTimeout: boolean;
      metadataMaxAge: number;
      retry: { retries: number; initialRetryTime: number; maxRetryTime: number };
      allowAutoTopicCreation: boolean;
    });
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    addTargetTopic(topic: string): Promise<void>;
    refreshMetadata(): Promise<void>;
    findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number; readonly leader: number }[];
    findBroker(options: { nodeId: string }): Promise<Broker>;
    findControllerBroker(): Promise<Broker>;
    getNodeIds(): readonly string[];
  }
  export = Cluster;
}

declare module "kafkajs/src/network/socketFactory.js" {
  function createSocketFactory(): unknown;
  export = createSocketFactory;
}

declare module "kafkajs/src/network/requestQueue/index.js" {
  class RequestQueue {
    pending: readonly unknown[];
    throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    checkPendingRequests(): void;
    scheduleCheckPendingRequests(): void;
  }
  export = RequestQueue;
}
