import { type Storage, StorageError } from "@spoor/storage-api";
import { batchOf, query, readTrace, SpanGenerator, spanTexts } from "@spoor/storage-testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCassandraStorage } from "../open-cassandra-storage.ts";
import type { TestKeyspace } from "./test-keyspace.ts";

const LONG = 70_000;
const NO_TENANT = { tenant: "" } as const;

/** Spans of which Cassandra does not take a row, among others. */
export function describePoison(keyspaceOf: () => TestKeyspace): void {
  describe("a span that Cassandra does not take", () => {
    const generator = new SpanGenerator(21, { timePrecisionNs: 1000n });
    let storage: Storage;

    beforeAll(async () => {
      await keyspaceOf().empty();
      storage = await openCassandraStorage({ connection: keyspaceOf().connection, countDependencies: false });
    }, 60_000);
    afterAll(() => storage?.close());

    it.each([
      ["a name longer than a key may be", () => generator.span({ operationName: "o".repeat(LONG) })],
      ["more bytes than a row may have", () => withTag(5 * 1024 * 1024)],
      ["more bytes than a request may have", () => withTag(17 * 1024 * 1024)],
    ])(
      "because of %s, is reported as refused; the others are stored and found",
      async (_, poison) => {
        const traces = Array.from({ length: 20 }, () => generator.trace({ spans: 5 }));
        const spans = traces.flat();
        spans.splice(50, 0, poison());
        const failure = await storage.writer.write(batchOf(spans)).then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(failure).toBeInstanceOf(StorageError);
        expect([(failure as StorageError).code, (failure as StorageError).message]).toEqual([
          "REJECTED",
          expect.any(String),
        ]);
        for (const trace of traces) {
          const [first] = trace;
          if (first === undefined) continue;
          expect(spanTexts(await readTrace(storage.reader, first.traceId))).toEqual(spanTexts(trace));
          const { startTimeNs } = first;
          const asked = query({
            serviceName: first.process.serviceName,
            operationName: first.operationName,
            startTimeMinNs: startTimeNs,
            startTimeMaxNs: startTimeNs,
          });
          expect((await storage.reader.findTraceIds(asked, NO_TENANT)).traceIds).toContain(first.traceId);
        }
      },
      60_000,
    );

    it("is one of 10,000: all the others are stored", async () => {
      const traces = Array.from({ length: 1000 }, () => generator.trace({ spans: 10 }));
      const spans = traces.flat();
      spans.splice(5000, 0, withTag(5 * 1024 * 1024));
      await expect(storage.writer.write(batchOf(spans))).rejects.toMatchObject({ code: "REJECTED" });
      let found = 0;
      const ids = traces.map((trace) => trace[0]?.traceId ?? "");
      for await (const trace of storage.reader.getTraces(ids, NO_TENANT)) found += trace.spans.length;
      expect(found).toBe(10_000);
    }, 120_000);

    function withTag(bytes: number) {
      return generator.span({ tags: [{ key: "body", type: "string", value: "x".repeat(bytes) }] });
    }
  });
}
