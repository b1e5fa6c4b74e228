import type { Span } from "@spoor/span-model";
import type { Storage } from "@spoor/storage-api";
import { batchOf, childOf, SpanGenerator } from "@spoor/storage-testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BatchFrame, ENTRIES_START, statementHeader } from "../driver/batch-frame.ts";
import { openCassandraStorage } from "../open-cassandra-storage.ts";
import { CqlWriter } from "../rows/cql-writer.ts";
import type { TestKeyspace } from "./test-keyspace.ts";

interface Link {
  readonly parent: string;
  readonly child: string;
  readonly call_count: bigint;
}

/** The rows of links, as a reader of v1 adds them up. */
export function describeDependencyRows(keyspaceOf: () => TestKeyspace): void {
  describe("rows of dependency links", () => {
    const generator = new SpanGenerator(51, { timePrecisionNs: 1000n });
    const hourNs = 1_795_000_000_000_000_000n - (1_795_000_000_000_000_000n % 3_600_000_000_000n);
    const opened: Storage[] = [];
    const open = async () => {
      const storage = await openCassandraStorage({ connection: keyspaceOf().connection });
      opened.push(storage);
      return storage;
    };
    /** A call from "a" to "b": caller and called span. */
    const call = (startTimeNs = hourNs): readonly [Span, Span] => {
      const caller = generator.span({ startTimeNs, tags: [], references: [], process: { serviceName: "a", tags: [] } });
      const process = { serviceName: "b", tags: [] };
      const { traceId } = caller;
      return [caller, generator.span({ traceId, startTimeNs, tags: [], references: [childOf(caller)], process })];
    };
    const counted = async (storage: Storage) => {
      await storage.dependencies.getDependencies({ startTimeMs: 0, endTimeMs: 1 }, { tenant: "" });
      const { session } = keyspaceOf();
      const { rows } = await session.command("SELECT ts_bucket, ts, dependencies FROM dependencies_v2");
      let calls = 0n;
      for (const row of rows) {
        const links = row.get("dependencies") as readonly Link[];
        expect(links.map(({ parent, child }) => [parent, child])).toEqual([["a", "b"]]);
        for (const { call_count } of links) calls += call_count;
        const [bucket, time] = [row.get("ts_bucket") as Date, row.get("ts") as Date];
        expect(bucket.getTime()).toBe(Math.floor(time.getTime() / 86_400_000) * 86_400_000);
        expect((time.getTime() - bucket.getTime()) % 3_600_000).toBeLessThan(60_000);
      }
      return { rows: rows.length, calls: Number(calls) };
    };

    beforeEach(() => keyspaceOf().empty(), 60_000);
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((storage) => storage.close()));
    }, 60_000);

    it("grow in place: what was written once more counts once", async () => {
      const storage = await open();
      const first = call();
      await storage.writer.write(batchOf(first));
      expect(await counted(storage)).toEqual({ rows: 1, calls: 1 });
      await storage.writer.write(batchOf(first));
      await storage.writer.write(batchOf(call()));
      expect(await counted(storage)).toEqual({ rows: 1, calls: 2 });
      expect(await counted(storage)).toEqual({ rows: 1, calls: 2 });
    });

    it("add up over two collectors that count the same hour, and find callers that the other one wrote", async () => {
      const [one, other] = [await open(), await open()];
      const [caller, called] = call();
      await one.writer.write(batchOf([caller]));
      await other.writer.write(batchOf([called]));
      await one.writer.write(batchOf(call()));
      await counted(one);
      expect(await counted(other)).toEqual({ rows: 2, calls: 2 });
    });

    it("stay when a collector starts again", async () => {
      const before = await open();
      await before.writer.write(batchOf(call()));
      await before.close();
      const after = await open();
      await after.writer.write(batchOf(call()));
      expect(await counted(after)).toEqual({ rows: 2, calls: 2 });
    });

    it("are the same when a request is sent again, as the driver does after a time-out", async () => {
      const { session } = keyspaceOf();
      const insert = "INSERT INTO dependencies_v2 (ts_bucket, ts, dependencies) VALUES (?, ?, ?)";
      const row = new CqlWriter();
      row.raw(statementHeader(await session.prepare(insert), 3));
      row.bigint(0n);
      row.bigint(1n);
      const list = row.begin();
      row.int32(1);
      const link = row.begin();
      for (const name of ["a", "b"]) row.text(name);
      row.bigint(1n);
      row.text("");
      row.end(link);
      row.end(list);
      const bytes = row.take();
      const frame = new BatchFrame(1, bytes.length, session.consistency);
      bytes.copy(frame.buffer, ENTRIES_START);
      for (let i = 0; i < 3; i++) await session.sendBatch(frame, 1);
      expect(await counted(await open())).toEqual({ rows: 1, calls: 1 });
    });

    it("are one for each hour", async () => {
      const storage = await open();
      await storage.writer.write(batchOf([...call(), ...call(hourNs + 3_600_000_000_000n)]));
      expect(await counted(storage)).toEqual({ rows: 2, calls: 2 });
    });
  });
}
