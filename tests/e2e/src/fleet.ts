import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uniqueName } from "@spoor/services";
import { type Daemon, startDaemon } from "@spoor/test-harness";
import type { Environment } from "./stores.ts";

/** Everything is sampled, so that a client with a remote sampler sends at all. */
const STRATEGIES = JSON.stringify({ default_strategy: { type: "probabilistic", param: 1 } });
/** A tag that the agent adds to every process. */
export const AGENT_TAG = { key: "datacenter", type: "string", value: "here" };

/** The daemons as operators run them: each a process of its own, an agent in front of two collectors. */
export interface Fleet {
  readonly agent: Daemon;
  readonly query: Daemon;
  /** Ends one of the collectors at once, as a crash does. */
  killCollector(): Promise<void>;
  /** Starts it again, on the same ports. */
  reviveCollector(): Promise<void>;
  /** Stops all in the order of a span's way; the exit codes. */
  stop(): Promise<readonly (number | null)[]>;
}

/** Starts the daemons over a store; through Kafka when there are brokers. */
export async function startFleet(storage: Environment, brokers?: readonly string[]): Promise<Fleet> {
  const directory = mkdtempSync(join(tmpdir(), "spoor-fleet-"));
  const strategies = join(directory, "strategies.json");
  writeFileSync(strategies, STRATEGIES);
  const [topic, list] = [uniqueName("spans"), (brokers ?? []).join(",")];
  const producer = { SPAN_STORAGE_TYPE: "kafka", KAFKA_PRODUCER_BROKERS: list, KAFKA_PRODUCER_TOPIC: topic };
  const consumer = { ...storage, KAFKA_CONSUMER_BROKERS: list, KAFKA_CONSUMER_TOPIC: topic };
  const startCollector = (ports?: Daemon["ports"]) =>
    startDaemon("collector", {
      env: brokers === undefined ? storage : producer,
      args: [`--sampling.strategies-file=${strategies}`],
      ...(ports === undefined ? {} : { ports }),
    });

  const query = await startDaemon("query", { env: storage });
  let killed = await startCollector();
  const other = await startCollector();
  // The topic is there by now: a collector asks for it when it starts.
  const ingester = brokers === undefined ? undefined : await startDaemon("ingester", { env: consumer });
  const addresses = [killed, other].map(({ ports }) => `127.0.0.1:${ports.collectorGrpc}`).join(",");
  const agent = await startDaemon("agent", {
    args: [`--reporter.grpc.host-port=${addresses}`, `--agent.tags=${AGENT_TAG.key}=${AGENT_TAG.value}`],
  });
  return {
    agent,
    query,
    killCollector: () => killed.kill(),
    async reviveCollector() {
      killed = await startCollector(killed.ports);
    },
    async stop() {
      const codes: (number | null)[] = [];
      for (const daemon of [agent, killed, other, ...(ingester === undefined ? [] : [ingester]), query]) {
        codes.push(await daemon.stop());
      }
      rmSync(directory, { recursive: true, force: true });
      return codes;
    },
  };
}
