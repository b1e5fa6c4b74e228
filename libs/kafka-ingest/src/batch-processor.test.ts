import { createIngest } from "@spoor/ingest";
import { decodeSpan, NO_FIELDS, type SpanBatch, WireWriter, writeWholeSpan } from "@spoor/span-wire";
import { type SpanWriter, StorageError } from "@spoor/storage-api";
import { batchOf, SpanGenerator, spanText } from "@spoor/storage-testkit";
import type { KafkaMessage } from "kafkajs";
import { pino } from "pino";
import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { BatchProcessor } from "./batch-processor.ts";
import type { DeadLetter } from "./dead-letters.ts";
import { createDecoder } from "./message/decode.ts";
import { createIngesterMetrics } from "./metrics.ts";

const logger = pino({ level: "silent" });
const spans = new SpanGenerator(3, {}).trace({ spans: 8 });

/** One message a span. */
const messages = batchOf(spans).spans.map((span, index) => {
  const writer = new WireWriter();
  writeWholeSpan(writer, span, NO_FIELDS);
  return { offset: String(index), key: null, value: Buffer.from(writer.finish()) } as unknown as KafkaMessage;
});

function setUp(write: SpanWriter["write"], maxInFlightBytes = 1_000_000) {
  const registry = new Registry();
  const letters: DeadLetter[] = [];
  const processor = new BatchProcessor({
    ingest: createIngest({ writer: { write }, logger, registry, maxInFlightBytes }),
    decode: createDecoder("protobuf"),
    deadLetters: { send: async (more) => void letters.push(...more), close: async () => {} },
    metrics: createIngesterMetrics(registry, "spans"),
    logger,
    spansAWrite: 4,
    writesAtOnce: 2,
  });
  const stop = new AbortController();
  const done: string[] = [];
  const process = () =>
    processor.process({
      batch: { topic: "spans", partition: 0, messages },
      done: (offset) => void done.push(offset),
      signal: stop.signal,
    });
  const ledger = async () => {
    const metrics = await registry.getMetricsAsJSON();
    const rows = metrics.find(({ name }) => name === "spoor_ledger_spans_total")?.values ?? [];
    return Object.fromEntries(
      rows.map(({ labels, value }) => [[labels.state, labels.reason].filter((each) => each !== "").join(" "), value]),
    );
  };
  return { process, stop, done, letters, ledger };
}

const textsOf = (batch: SpanBatch) => batch.spans.map((span) => spanText(decodeSpan(span)));

describe("a fetched batch", () => {
  test("counts once in the ledger, however often the store is tried", async () => {
    let failures = 4;
    const stored: string[] = [];
    const { process, done, ledger } = setUp(async (batch) => {
      if (failures-- > 0) throw new StorageError("UNAVAILABLE", "away");
      stored.push(...textsOf(batch));
    });
    await process();
    expect(failures).toBeLessThan(0);
    expect(stored.sort()).toEqual(spans.map(spanText).sort());
    expect(done).toEqual(["3", "7"]);
    expect(await ledger()).toEqual({ received: 8, stored: 8, sampled_out: 0 });
  });

  test("counts as refused what the store refuses, alone, and its message is the dead letter", async () => {
    const [refused] = textsOf(batchOf(spans.slice(5, 6)));
    const { process, letters, ledger } = setUp(async (batch) => {
      if (textsOf(batch).some((text) => text === refused)) throw new StorageError("REJECTED", "no");
    });
    await process();
    expect(letters.map(({ offset, error }) => [offset, error.code])).toEqual([["5", "REFUSED"]]);
    expect(await ledger()).toEqual({ received: 8, stored: 7, sampled_out: 0, "refused rejected": 1 });
  });

  test("waits for room without being counted", async () => {
    const { process, done, ledger } = setUp(async () => {}, 10);
    await process();
    expect(done).toEqual(["3", "7"]);
    expect(await ledger()).toEqual({ received: 8, stored: 8, sampled_out: 0 });
  });

  test("leaves nothing in flight when it is given back while the store is away", async () => {
    const { process, stop, done, ledger } = setUp(async () => {
      stop.abort(new Error("the ingester stops"));
      throw new StorageError("UNAVAILABLE", "away");
    });
    await expect(process()).rejects.toThrow("the ingester stops");
    expect(done).toEqual([]);
    expect(await ledger()).toMatchObject({ stored: 0, "refused closed": 8 });
  });
});
