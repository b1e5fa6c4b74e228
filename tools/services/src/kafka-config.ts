import type { TestCertificates } from "./certificates.ts";

export interface KafkaNodeConfig {
  readonly folder: string;
  readonly nodeId: number;
  readonly port: number;
  readonly internalPort: number;
  readonly controllerPort: number;
  /** `id@host:port` of every node. */
  readonly voters: readonly string[];
  readonly sasl: boolean;
  readonly certificates: TestCertificates | undefined;
  readonly needsClientCertificate: boolean;
  readonly username: string;
  readonly password: string;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

/**
 * `server.properties` of a node that is broker and controller. Clients have a listener of their own, in the protocol that is
 * wanted; nodes talk to each other in plain text.
 */
export function kafkaProperties(config: KafkaNodeConfig): string {
  const { folder, nodeId, port, internalPort, controllerPort, voters, certificates } = config;
  const client = config.sasl
    ? certificates === undefined
      ? "SASL_PLAINTEXT"
      : "SASL_SSL"
    : certificates === undefined
      ? "PLAINTEXT"
      : "SSL";
  const replicas = Math.min(voters.length, 3);
  const inSync = Math.max(1, replicas - 1);
  return properties({
    "process.roles": "broker,controller",
    "node.id": nodeId,
    "controller.quorum.voters": voters.join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "INTERNAL",
    "listener.security.protocol.map": `CLIENT:${client},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    listeners: `CLIENT://127.0.0.1:${port},INTERNAL://127.0.0.1:${internalPort},CONTROLLER://127.0.0.1:${controllerPort}`,
    "advertised.listeners": `CLIENT://127.0.0.1:${port},INTERNAL://127.0.0.1:${internalPort}`,
    "log.dirs": `${folder}/logs`,
    "num.partitions": 1,
    "default.replication.factor": replicas,
    "min.insync.replicas": inSync,
    "num.network.threads": 1,
    "num.io.threads": 2,
    "background.threads": 2,
    "offsets.topic.num.partitions": 1,
    "offsets.topic.replication.factor": replicas,
    "transaction.state.log.num.partitions": 1,
    "transaction.state.log.replication.factor": replicas,
    "transaction.state.log.min.isr": inSync,
    "share.coordinator.state.topic.replication.factor": replicas,
    "share.coordinator.state.topic.min.isr": inSync,
    "group.initial.rebalance.delay.ms": 0,
    "auto.create.topics.enable": true,
    "log.cleaner.dedupe.buffer.size": 20_000_000,
    ...(config.sasl ? saslProperties(config) : {}),
    ...(certificates === undefined ? {} : tlsProperties(certificates, config.needsClientCertificate)),
    ...config.settings,
  });
}

const LOGIN = "org.apache.kafka.common.security";

function saslProperties({ username, password }: KafkaNodeConfig): Record<string, string> {
  const scram = `${LOGIN}.scram.ScramLoginModule required;`;
  return {
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    "listener.name.client.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    "listener.name.client.plain.sasl.jaas.config": `${LOGIN}.plain.PlainLoginModule required user_${username}="${password}";`,
    "listener.name.client.scram-sha-256.sasl.jaas.config": scram,
    "listener.name.client.scram-sha-512.sasl.jaas.config": scram,
  };
}

function tlsProperties(certificates: TestCertificates, needsClientCertificate: boolean): Record<string, string> {
  return {
    "ssl.keystore.type": "PKCS12",
    "ssl.keystore.location": certificates.serverStore,
    "ssl.keystore.password": certificates.password,
    "ssl.truststore.type": "PKCS12",
    "ssl.truststore.location": certificates.authorityStore,
    "ssl.truststore.password": certificates.password,
    // With a password beside it, only a listener's own setting counts.
    "listener.name.client.ssl.client.auth": needsClientCertificate ? "required" : "none",
  };
}

function properties(values: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

/** A small JVM that starts fast. */
export function kafkaJvmFlags(heapMb: number): readonly string[] {
  return [
    `-Xms${heapMb}m`,
    `-Xmx${heapMb}m`,
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
    "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.clients=warn",
  ];
}
