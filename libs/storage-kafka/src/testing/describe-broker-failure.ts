import { setTimeout as sleep } from "node:timers/promises";
import type { KafkaServer } from "@spoor/services";
import { decodeSpan, scanSpan } from "@spoor/span-wire";
import { StorageError } from "@spoor/storage-api";
import { batchOf, SpanGenerator, spanText } from "@spoor/storage-testkit";
import { describe, expect, it } from "vitest";
import { openTestStorage } from "./open-test-storage.ts";
import { createTopic, readTopic } from "./read-topic.ts";

const WRITERS = 8;

type Trace = ReturnType<SpanGenerator["trace"]>;

/** Brokers that die all at once and come back while spans are written. To be run last: it stops the server. */
export function describeBrokerFailure(serverOf: () => KafkaServer): void {
  describe("all killed and started again", () => {
    it("cost no acknowledged span, and put none there twice; meanwhile errors are retryable, memory is bounded", async () => {
      const server = serverOf();
      const topic = "failure";
      await createTopic(server, topic, { partitions: 3 });
      const maxBufferedBytes = 30_000;
      const storage = await openTestStorage(server, { topic, deliveryTimeoutMs: 4000, maxBufferedBytes });
      const writers = startWriters(storage.writer, WRITERS);
      await writers.until(() => writers.acknowledged.length >= 200);
      await server.kill();
      await writers.until(() => writers.errors.some(({ code }) => code === "UNAVAILABLE"));
      const flood = Array.from({ length: 60 }, (_, i) => batchOf(new SpanGenerator(100 + i, {}).trace({ spans: 20 })));
      const refusals = await Promise.allSettled(flood.map((batch) => storage.writer.write(batch)));
      expect(refusals.some((each) => each.status === "rejected" && each.reason.code === "OVERLOADED")).toBe(true);
      expect(await failureOf(storage.reader.getServices({ tenant: "" }))).toMatchObject({ code: "UNAVAILABLE" });
      await server.start();
      const before = writers.acknowledged.length;
      await writers.until(() => writers.acknowledged.length >= before + 200);
      await writers.stop();
      expect(await failureOf(storage.reader.getServices({ tenant: "" }))).toMatchObject({ code: "UNSUPPORTED_QUERY" });
      await storage.close();

      for (const error of writers.errors) expect(error.retryable).toBe(true);
      expect(writers.errors.every(({ message }) => /Kafka/.test(message))).toBe(true);
      const counts = new Map<string, number>();
      for (const { value } of await readTopic(server, topic)) {
        const text = spanText(decodeSpan(scanSpan(value)));
        counts.set(text, (counts.get(text) ?? 0) + 1);
      }
      const texts = writers.acknowledged.flat().map(spanText);
      expect(texts.filter((text) => !counts.has(text))).toEqual([]);
      expect(texts.filter((text) => counts.get(text) !== 1)).toEqual([]);
    }, 180_000);
  });
}

function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Writes traces one after another in several lanes and keeps which were acknowledged. */
export function startWriters(writer: { write(batch: ReturnType<typeof batchOf>): Promise<void> }, lanes: number) {
  const generator = new SpanGenerator(11, {});
  const acknowledged: Trace[] = [];
  const errors: StorageError[] = [];
  let isStopping = false;
  const lane = async () => {
    while (!isStopping) {
      const trace = generator.trace({ spans: 10 });
      try {
        await writer.write(batchOf(trace));
        acknowledged.push(trace);
      } catch (error) {
        expect(error).toBeInstanceOf(StorageError);
        errors.push(error as StorageError);
        await sleep(100);
      }
    }
  };
  const running = Array.from({ length: lanes }, lane);
  return {
    acknowledged,
    errors,
    async until(condition: () => boolean) {
      while (!condition()) await sleep(20);
    },
    async stop() {
      isStopping = true;
      await Promise.all(running);
    },
  };
}
