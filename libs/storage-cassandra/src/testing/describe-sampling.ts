import { hostname } from "node:os";
import type { Throughput } from "@spoor/storage-api";
import { beforeAll, describe, expect, it } from "vitest";
import { openCassandraStorage } from "../open-cassandra-storage.ts";
import { CassandraLeaseLock } from "../sampling/lease-lock.ts";
import { CassandraSamplingStore } from "../sampling/sampling-store.ts";
import type { TestKeyspace } from "./test-keyspace.ts";

/** What collectors share for adaptive sampling. */
export function describeSampling(keyspaceOf: () => TestKeyspace): void {
  describe("sampling tables", () => {
    let store: CassandraSamplingStore;

    beforeAll(() => {
      store = new CassandraSamplingStore(keyspaceOf().session);
    });

    it("give back the throughput of a time", async () => {
      const at = (operationName: string): Throughput => {
        return { serviceName: "a,b", operationName, count: 7, probabilities: ["0.100000", "0.500000"] };
      };
      const baseMs = 1_795_000_000_000;
      await store.insertThroughput([at("first"), { ...at("none"), probabilities: [] }], baseMs);
      await store.insertThroughput([at("second")], baseMs + 1000);
      const names = async (startTimeMs: number, endTimeMs: number) =>
        (await store.getThroughput({ startTimeMs, endTimeMs })).map((each) => each.operationName).sort();
      expect(await names(baseMs - 1, baseMs + 1000)).toEqual(["first", "none", "second"]);
      expect(await names(baseMs, baseMs + 1000)).toEqual(["second"]);
      expect(await names(baseMs - 1, baseMs)).toEqual(["first", "none"]);
      expect(await store.getThroughput({ startTimeMs: baseMs, endTimeMs: baseMs + 1000 })).toEqual([at("second")]);
    });

    it("have v1's rows", async () => {
      const { session } = keyspaceOf();
      await session.command("TRUNCATE operation_throughput");
      await session.command("TRUNCATE sampling_probabilities");
      const names = { serviceName: 'a,"b', operationName: "o" };
      await store.insertThroughput([{ ...names, count: 3, probabilities: ["0.001000", "0.500000"] }]);
      await store.insertProbabilities("host", [{ ...names, probability: 1e-7, qps: 2.5 }]);
      const [throughput] = (await session.command("SELECT bucket, throughput FROM operation_throughput")).rows;
      expect(throughput?.get("throughput")).toBe('"a,""b",o,3,"0.001000,0.500000"\n');
      expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).toContain(throughput?.get("bucket"));
      const probabilities = await session.command("SELECT bucket, hostname, probabilities FROM sampling_probabilities");
      expect(probabilities.rows.map((row) => row.values())).toEqual([[1, "host", '"a,""b",o,0.0000001,2.5\n']]);
      await session.command("TRUNCATE sampling_probabilities");
    });

    it("are part of the store where the schema has them", async () => {
      const storage = await openCassandraStorage({ connection: keyspaceOf().connection });
      const { lock, store: own } = storage.sampling ?? {};
      expect(await own?.getLatestProbabilities()).toEqual([]);
      expect(await lock?.acquire("of the store", 5)).toBe(true);
      const rows = await keyspaceOf().session.command(
        "SELECT owner, TTL(owner) AS ttl FROM leases WHERE name = 'of the store'",
      );
      expect(rows.rows[0]?.get("owner")).toMatch(new RegExp(`^${hostname()}-[0-9a-f]{16}$`));
      expect(Number(rows.rows[0]?.get("ttl"))).toBeLessThanOrEqual(5);
      await storage.close();
    });

    it("give back the probabilities that were written last", async () => {
      expect(await store.getLatestProbabilities()).toEqual([]);
      const of = (probability: number) => ({ serviceName: "s", operationName: "o", probability, qps: 1e-7 });
      await store.insertProbabilities("host", [of(0.25)], 1_795_000_000_000);
      await store.insertProbabilities("host", [of(0.5)], 1_795_000_001_000);
      expect(await store.getLatestProbabilities()).toEqual([of(0.5)]);
      await keyspaceOf().session.execute({
        query: "INSERT INTO sampling_probabilities (bucket, ts, hostname, probabilities) VALUES (1, now(), 'h', ?)",
        params: ["s,o,0.5,1\nbroken,row\ns,p,x,1\n"],
      });
      expect(await store.getLatestProbabilities()).toEqual([{ ...of(0.5), qps: 1 }]);
    });

    it("have one owner of a lease", async () => {
      const { session } = keyspaceOf();
      const one = new CassandraLeaseLock(session);
      const other = new CassandraLeaseLock(session);
      expect(await one.acquire("leader", 0)).toBe(true);
      expect(await one.acquire("leader", 60)).toBe(true);
      expect(await other.acquire("leader", 60)).toBe(false);
      expect(await other.release("leader")).toBe(false);
      expect(await one.release("leader")).toBe(true);
      expect(await other.acquire("leader", 60)).toBe(true);
    });
  });
}
