import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createTestCertificates, type TestCertificates } from "./certificates.ts";
import { ServiceError } from "./errors.ts";
import { findJava } from "./java.ts";
import { kafkaJvmFlags, kafkaProperties } from "./kafka-config.ts";
import { fetchJars } from "./maven.ts";
import { freePorts, type ServerProcess, startProcess } from "./process.ts";
import { JAVA_OF } from "./require-service.ts";

const run = promisify(execFile);
const SLF4J_VERSION = "1.7.36";
/** Any will do; a fixed one saves the start of a JVM that would make it up. */
const CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qk";
const USERNAME = "spoor";
const PASSWORD = "spoor-test";
const READY = /Kafka Server started/;

export interface KafkaOptions {
  readonly version?: "3.9.2" | "4.4.0";
  /** Nodes, each broker and controller; with three, topics have three replicas. */
  readonly brokers?: 1 | 3;
  /** Clients must give a name and a password, by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. */
  readonly sasl?: boolean;
  /** Clients must speak TLS; with `"mutual"` they must show a certificate of the same authority; with `"expired"` the server's is over. */
  readonly tls?: boolean | "mutual" | "expired";
  /** Each JVM's heap in MiB. */
  readonly heapMb?: number;
  /** Further lines of `server.properties`. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
}

/** One node of a cluster. */
export interface KafkaNode {
  /** `host:port`. */
  readonly address: string;
  /** Ends it; its data stay. */
  stop(): Promise<void>;
  /** Ends it without a chance to write anything more. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port. */
  start(): Promise<void>;
}

/** Kafka without ZooKeeper on 127.0.0.1, with data of its own. */
export interface KafkaServer {
  /** `host:port` of every node. */
  readonly brokers: readonly string[];
  readonly nodes: readonly KafkaNode[];
  readonly username: string;
  readonly password: string;
  /** With `tls`. */
  readonly certificates: TestCertificates | undefined;
  /** Ends all nodes; their data stay. */
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** Starts all nodes again on the same data and ports. */
  start(): Promise<void>;
  /** Ends all nodes and removes their data. */
  close(): Promise<void>;
}

/** Fetches Kafka when needed and starts it: some 8 seconds on a small machine. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const version = options.version ?? "3.9.2";
  const count = options.brokers ?? 1;
  const java = await findJava(JAVA_OF.kafka);
  const jars = await fetchJars(`kafka-${version}`, [
    { groupId: "org.apache.kafka", artifactId: "kafka_2.13", version },
    { groupId: "org.slf4j", artifactId: "slf4j-simple", version: SLF4J_VERSION },
  ]);
  const root = await mkdtemp(join(tmpdir(), "spoor-kafka-"));
  const certificates = options.tls
    ? await createTestCertificates(join(root, "tls"), { serverIsExpired: options.tls === "expired" })
    : undefined;
  const ports = await freePorts(count * 3);
  const port = (node: number, which: number) => ports[node * 3 + which] ?? 0;
  const indices = Array.from({ length: count }, (_, index) => index);
  const voters = indices.map((index) => `${index + 1}@127.0.0.1:${port(index, 2)}`);
  const nodes = indices.map((index) => {
    const folder = join(root, `node-${index + 1}`);
    const properties = kafkaProperties({
      folder,
      nodeId: index + 1,
      port: port(index, 0),
      internalPort: port(index, 1),
      controllerPort: port(index, 2),
      voters,
      sasl: options.sasl ?? false,
      certificates,
      needsClientCertificate: options.tls === "mutual",
      username: USERNAME,
      password: PASSWORD,
      settings: options.settings ?? {},
    });
    return new Node({
      address: `127.0.0.1:${port(index, 0)}`,
      folder,
      properties,
      java,
      jars,
      heapMb: options.heapMb ?? 256,
      isSecured: options.sasl ?? false,
    });
  });
  const close = async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await Promise.all(nodes.map((node) => node.format()));
    await Promise.all(nodes.map((node) => node.start()));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    brokers: nodes.map(({ address }) => address),
    nodes,
    username: USERNAME,
    password: PASSWORD,
    certificates,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
    async kill() {
      await Promise.all(nodes.map((node) => node.kill()));
    },
    async start() {
      await Promise.all(nodes.map((node) => node.start()));
    },
    close,
  };
}

interface NodeOptions {
  readonly address: string;
  readonly folder: string;
  readonly properties: string;
  readonly java: string;
  readonly jars: string;
  readonly heapMb: number;
  readonly isSecured: boolean;
}

class Node implements KafkaNode {
  readonly address: string;
  readonly #options: NodeOptions;
  readonly #propertiesFile: string;
  #server: ServerProcess | undefined;

  constructor(options: NodeOptions) {
    this.address = options.address;
    this.#options = options;
    this.#propertiesFile = join(options.folder, "server.properties");
  }

  /** Makes its data folder, with the users of SCRAM. */
  async format(): Promise<void> {
    const { folder, properties, java, jars, isSecured } = this.#options;
    await mkdir(folder, { recursive: true });
    await writeFile(this.#propertiesFile, properties);
    const users = ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
      "--add-scram",
      `${mechanism}=[name=${USERNAME},password=${PASSWORD}]`,
    ]);
    try {
      await run(java, [
        ...["-Xmx128m", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"],
        ...["-cp", join(jars, "*"), "kafka.tools.StorageTool", "format"],
        ...["-t", CLUSTER_ID, "-c", this.#propertiesFile, ...(isSecured ? users : [])],
      ]);
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      throw new ServiceError("START_FAILED", `kafka-storage format failed: ${stdout ?? ""}${stderr ?? ""}`, {
        cause: error,
      });
    }
  }

  async start(): Promise<void> {
    const { folder, java, jars, heapMb } = this.#options;
    this.#server = await startProcess({
      command: java,
      args: [...kafkaJvmFlags(heapMb), "-cp", join(jars, "*"), "kafka.Kafka", this.#propertiesFile],
      logFile: join(folder, "server.log"),
      isReady: (log) => READY.test(log),
    });
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }

  async kill(): Promise<void> {
    await this.#server?.kill();
    this.#server = undefined;
  }
}
