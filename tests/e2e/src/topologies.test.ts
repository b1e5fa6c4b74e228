import { requireService, SHARED_START_TIMEOUT_MS, sharedKafka } from "@spoor/services";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLIENTS } from "./clients.ts";
import { AGENT_TAG, type Fleet, startFleet } from "./fleet.ts";
import { eventually, findTraces, services } from "./query-client.ts";
import { CASSANDRA, ELASTICSEARCH } from "./stores.ts";

const TRIED = CLIENTS.filter(({ name }) =>
  ["jaeger-client over UDP", "jaeger-client with remote sampling"].includes(name),
);
/** Elasticsearch shows what was written after a refresh, and an ingester's first rebalance takes seconds. */
const SEEN_WITHIN_MS = 60_000;

const kafka = await requireService("kafka");

for (const kind of [CASSANDRA, ELASTICSEARCH]) {
  const store = await requireService(kind.service);
  for (const topology of ["direct", "kafka"] as const) {
    const isReady = store.available && (topology === "direct" || kafka.available);
    const reason = store.available ? kafka.reason : store.reason;
    describe.skipIf(!isReady)(`agent, two collectors and query over ${kind.type}, ${topology} ${reason}`, () => {
      let fleet: Fleet;
      const releases: (() => void)[] = [];

      beforeAll(async () => {
        const prepared = await kind.prepare();
        releases.push(prepared.release);
        const broker = topology === "kafka" ? await sharedKafka() : undefined;
        if (broker !== undefined) releases.push(broker.release);
        fleet = await startFleet({ SPAN_STORAGE_TYPE: kind.type, ...prepared.environment }, broker?.brokers);
      }, SHARED_START_TIMEOUT_MS);
      afterAll(() => {
        for (const release of releases) release();
      });

      const expectTrace = async (service: string) => {
        const [trace] = await eventually(
          () => findTraces(fleet.query, service),
          (traces) => traces[0]?.spans.length === 2,
          SEEN_WITHIN_MS,
        );
        expect(trace?.spans.map(({ operationName }) => operationName).sort()).toEqual(["child", "parent"]);
        expect(Object.values(trace?.processes ?? {})[0]?.tags).toContainEqual(AGENT_TAG);
      };

      it.each(TRIED.map((client) => [client.name, client] as const))("shows a trace of %s", async (name, client) => {
        const service = name.replaceAll(/[^a-z]+/g, "-");
        await client.sendTrace(fleet.agent, service);
        await expectTrace(service);
        expect(await services(fleet.query)).toContain(service);
      });

      it("shows what is sent while a collector is away, and after it is back", async () => {
        const [client] = TRIED;
        await fleet.killCollector();
        for (let i = 0; i < 3; i++) await client?.sendTrace(fleet.agent, `one-collector-${i}`);
        for (let i = 0; i < 3; i++) await expectTrace(`one-collector-${i}`);
        await fleet.reviveCollector();
        await client?.sendTrace(fleet.agent, "both-again");
        await expectTrace("both-again");
      });

      it("ends, each daemon with exit code 0", async () => {
        expect(new Set(await fleet.stop())).toEqual(new Set([0]));
      });
    });
  }
}
