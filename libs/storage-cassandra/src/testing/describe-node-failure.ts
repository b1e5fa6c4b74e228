import { setTimeout as sleep } from "node:timers/promises";
import type { CassandraServer } from "@spoor/services";
import { decodeSpan } from "@spoor/span-wire";
import { type Storage, StorageError } from "@spoor/storage-api";
import { batchOf, query, readEncoded, SpanGenerator, spanTexts } from "@spoor/storage-testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCassandraStorage } from "../open-cassandra-storage.ts";
import type { CassandraConnectionOptions } from "../options.ts";

const NO_TENANT = { tenant: "" } as const;
const WRITERS = 8;

/** A node that dies and comes back while spans are written. To be run last: it stops the server. */
export function describeNodeFailure(
  serverOf: () => CassandraServer,
  connectionOf: () => CassandraConnectionOptions,
): void {
  describe("a node that is killed and started again", () => {
    let storage: Storage;

    beforeAll(async () => {
      storage = await openCassandraStorage({
        connection: { ...connectionOf(), timeoutMs: 5000, reconnectIntervalMs: 1000 },
        countDependencies: false,
      });
    }, 60_000);
    afterAll(() => storage?.close());

    it("costs no acknowledged span; meanwhile errors are retryable, afterwards writes go on by themselves", async () => {
      const server = serverOf();
      const generator = new SpanGenerator(11, { timePrecisionNs: 1000n });
      const acknowledged: ReturnType<SpanGenerator["trace"]>[] = [];
      const errors: unknown[] = [];
      let isStopping = false;
      const writer = async () => {
        while (!isStopping) {
          const trace = generator.trace({ spans: 10 });
          try {
            await storage.writer.write(batchOf(trace));
            acknowledged.push(trace);
          } catch (error) {
            errors.push(error);
            await sleep(100);
          }
        }
      };
      const until = async (condition: () => boolean) => {
        while (!condition()) await sleep(50);
      };
      const writers = Array.from({ length: WRITERS }, writer);
      await until(() => acknowledged.length >= 40);
      await server.kill();
      await until(() => errors.length >= WRITERS);
      expect(await failureOf(storage.reader.findTraceIds(query({ serviceName: "a" }), NO_TENANT))).toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringContaining("--cassandra.servers"),
      });
      await server.start();
      const before = acknowledged.length;
      await until(() => acknowledged.length >= before + 40);
      isStopping = true;
      await Promise.all(writers);

      for (const error of errors) {
        expect(error).toBeInstanceOf(StorageError);
        expect((error as StorageError).retryable).toBe(true);
      }
      for (const trace of acknowledged) {
        const read = await readEncoded(storage.reader, trace[0]?.traceId ?? "");
        expect(spanTexts(read.map((span) => decodeSpan(span)))).toEqual(spanTexts(trace));
        const { serviceName } = trace[0]?.process ?? { serviceName: "" };
        const startTimeMinNs = trace[0]?.startTimeNs ?? 0n;
        const asked = query({ serviceName, startTimeMinNs, startTimeMaxNs: startTimeMinNs, limit: 100 });
        expect((await storage.reader.findTraceIds(asked, NO_TENANT)).traceIds).toContain(trace[0]?.traceId);
      }
    }, 180_000);
  });
}

function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
