import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { ServiceError } from "../errors.ts";
import type {
  CassandraAddress,
  CassandraVersion,
  ElasticsearchVersion,
  KafkaAddress,
  KafkaVersion,
  OpensearchVersion,
  SearchAddress,
  SharedAddresses,
  SharedName,
} from "./catalogue.ts";
import { type Answer, type Request, SHARED_ADDRESS_VARIABLE } from "./protocol.ts";

/** For `beforeAll`: the first one who asks waits for the start, others perhaps for a server to become free. */
export const SHARED_START_TIMEOUT_MS = 600_000;

/** A server that all files, workers and projects of a test run use at once. It may be kept as long as needed. */
export type Shared<Address> = Address & {
  /** Says that this one is done with it. The end of the process says so too. */
  release(): void;
};

/** One node without authentication. Work in a keyspace of your own, see {@link uniqueName}. */
export function sharedCassandra(version: CassandraVersion = "5.0.9"): Promise<Shared<CassandraAddress>> {
  return ask(`cassandra-${version}`);
}

/** One node without security. Use an index prefix of your own and delete nothing else. */
export function sharedElasticsearch(version: ElasticsearchVersion): Promise<Shared<SearchAddress>> {
  return ask(`elasticsearch-${version}`);
}

/** One node. Use an index prefix of your own and delete nothing else. */
export function sharedOpensearch(version: OpensearchVersion = "3.6.0"): Promise<Shared<SearchAddress>> {
  return ask(`opensearch-${version}`);
}

/** One broker without security. Use topics and consumer groups of your own. */
export function sharedKafka(version: KafkaVersion = "3.9.2"): Promise<Shared<KafkaAddress>> {
  return ask(`kafka-${version}`);
}

/** A name nobody else uses: a keyspace, an index prefix, a topic, a consumer group. Lower-case letters, digits and `_`. */
export function uniqueName(prefix: string = "t"): string {
  return `${prefix}_${randomBytes(5).toString("hex")}`;
}

async function ask<Name extends SharedName>(name: Name): Promise<Shared<SharedAddresses[Name]>> {
  const [host, port] = (process.env[SHARED_ADDRESS_VARIABLE] ?? "").split(":");
  if (!host || !port) {
    throw new ServiceError(
      "NO_RUN",
      "servers are shared within a run of vitest.workspace.ts only; start one of your own",
    );
  }
  const socket = connect(Number(port), host);
  const answer = await answerOf(socket, { name });
  if ("error" in answer) {
    socket.destroy();
    throw new ServiceError(answer.code, `${name}: ${answer.error}`);
  }
  socket.unref();
  return { ...(answer.address as SharedAddresses[Name]), release: () => socket.destroy() };
}

async function answerOf(socket: Socket, request: Request): Promise<Answer> {
  const failed = new Promise<never>((_, reject) => {
    socket.once("error", (error) => reject(new ServiceError("NO_RUN", "the run is over", { cause: error })));
    socket.once("close", () => reject(new ServiceError("NO_RUN", "the run is over")));
  });
  const line = new Promise<string>((resolve) => createInterface({ input: socket }).once("line", resolve));
  socket.write(`${JSON.stringify(request)}\n`);
  return JSON.parse(await Promise.race([line, failed])) as Answer;
}
