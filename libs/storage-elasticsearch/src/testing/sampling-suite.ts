import { setTimeout as sleep } from "node:timers/promises";
import type { LeaseLock, SamplingStorage, Throughput } from "@spoor/storage-api";
import { beforeEach, describe, expect, it } from "vitest";
import { type CurrentServer, clear, documents, http, open } from "./server.ts";

const DAY_MS = 86_400_000;

/** What collectors share for adaptive sampling. */
export function samplingSuite(server: CurrentServer): void {
  describe("adaptive sampling", () => {
    beforeEach(() => clear(server()));

    const withStores = async (count: number, test: (stores: readonly SamplingStorage[]) => Promise<void>) => {
      const storages = await Promise.all(Array.from({ length: count }, () => open(server())));
      try {
        await test(storages.flatMap(({ sampling }) => sampling ?? []));
      } finally {
        await Promise.all(storages.map((storage) => storage.close()));
      }
    };
    const throughput = (operationName: string, more: Partial<Throughput> = {}): Throughput => {
      return { serviceName: "a", operationName, count: 7, probabilities: ["0.100000", "0.500000"], ...more };
    };

    it("gives back the throughput of a time, over midnight, of whatever names", () =>
      withStores(2, async ([one, other]) => {
        const midnightMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;
        const odd = ["", ".", "a..b", "__proto__", "GET /x.y", "$"];
        await one?.store.insertThroughput(
          [...odd.map((name) => throughput(name)), throughput("none", { probabilities: [] })],
          midnightMs - 1,
        );
        await other?.store.insertThroughput([throughput("second")], midnightMs + 1000);
        const names = async (startTimeMs: number, endTimeMs: number) =>
          ((await one?.store.getThroughput({ startTimeMs, endTimeMs })) ?? []).map((each) => each.operationName).sort();
        expect(await names(midnightMs - 2, midnightMs + 1000)).toEqual([...odd, "none", "second"].sort());
        expect(await names(midnightMs - 1, midnightMs + 1000)).toEqual(["second"]);
        expect(await names(midnightMs - 2, midnightMs - 1)).toEqual([...odd, "none"].sort());
        expect(await one?.store.getThroughput({ startTimeMs: midnightMs, endTimeMs: midnightMs + 1000 })).toEqual([
          throughput("second"),
        ]);
      }));

    it("gives back the probabilities that were written last, of many and oddly named operations", () =>
      withStores(2, async ([one, other]) => {
        expect(await one?.store.getLatestProbabilities()).toEqual([]);
        const of = (operationName: string, probability: number) => {
          return { serviceName: "s.t", operationName, probability, qps: 1e-7 };
        };
        const now = Date.now();
        await one?.store.insertThroughput([throughput("later")], now + 1000);
        await one?.store.insertProbabilities("host", [of("o", 0.25)], now - DAY_MS);
        const many = ["", ".", "__proto__", ...Array.from({ length: 1500 }, (_, i) => `op-${i}`)];
        await one?.store.insertProbabilities(
          "host",
          many.map((name) => of(name, 0.5)),
          now,
        );
        const sorted = (all: readonly { operationName: string }[] = []) =>
          [...all].sort((a, b) => (a.operationName < b.operationName ? -1 : 1));
        expect(sorted(await other?.store.getLatestProbabilities())).toEqual(sorted(many.map((name) => of(name, 0.5))));
      }));

    it("writes v1's documents and reads those that v1 wrote", () =>
      withStores(1, async ([one]) => {
        const now = Math.floor(Date.now() / 1000) * 1000;
        const timestamp = new Date(now).toISOString();
        const index = `jaeger-sampling-${timestamp.slice(0, 10)}`;
        await one?.store.insertThroughput([throughput("o")], now);
        await one?.store.insertProbabilities(
          "host",
          [{ serviceName: "s", operationName: "o", probability: 0.5, qps: 2 }],
          now,
        );
        const stored = (await documents(server(), "jaeger-sampling-*")).map(({ _index, _source }) => [_index, _source]);
        const expected = [
          {
            timestamp,
            throughputs: { Service: "a", Operation: "o", Count: 7, Probabilities: { "0.100000": {}, "0.500000": {} } },
          },
          {
            timestamp,
            probabilitiesandqps: { Hostname: "host", Probabilities: { s: { o: 0.5 } }, QPS: { s: { o: 2 } } },
          },
        ];
        expect(stored).toHaveLength(2);
        expect(stored).toEqual(expect.arrayContaining(expected.map((source) => [index, source])));
        // v1's own index has no mapping but what the server guesses.
        await clear(server());
        const day = `${server().prefix}-${index}`;
        await http(server(), "PUT", `/${day}`, '{"mappings":{"dynamic":true}}');
        for (const source of expected) {
          // Go writes nanoseconds.
          const body = JSON.stringify(source).replace(".000Z", ".000000001Z");
          await http(server(), "POST", `/${day}/_doc?refresh=true`, body);
        }
        expect(await one?.store.getThroughput({ startTimeMs: now - 1, endTimeMs: now + 1 })).toEqual([throughput("o")]);
        expect(await one?.store.getLatestProbabilities()).toEqual([
          { serviceName: "s", operationName: "o", probability: 0.5, qps: 2 },
        ]);
      }));

    it("has one owner of a lock, who keeps it as long as he takes it again in time", () =>
      withStores(3, async (stores) => {
        const [one, other, third] = stores.map(({ lock }) => lock) as [LeaseLock, LeaseLock, LeaseLock];
        const taken = await Promise.all([one, other, third].map((lock) => lock.acquire("leader", 60)));
        expect(taken.filter(Boolean)).toHaveLength(1);
        const owner = [one, other, third][taken.indexOf(true)] as LeaseLock;
        const [loser] = [one, other, third].filter((lock) => lock !== owner) as [LeaseLock];
        expect(await loser.release("leader")).toBe(false);
        expect(await owner.acquire("leader", 1)).toBe(true);
        expect(await loser.acquire("leader", 1)).toBe(false);
        await sleep(1050);
        expect(await owner.acquire("leader", 1)).toBe(true);
        expect(await loser.acquire("leader", 1)).toBe(false);
        // The owner is gone.
        await sleep(1050);
        expect(await loser.acquire("leader", 60)).toBe(true);
        expect(await owner.acquire("leader", 60)).toBe(false);
        expect(await loser.release("leader")).toBe(true);
        expect(await owner.acquire("leader", 0)).toBe(true);
      }));
  });
}
