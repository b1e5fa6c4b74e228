import { setTimeout as sleep } from "node:timers/promises";
import { requireService, SHARED_START_TIMEOUT_MS, sharedKafka, startMuteServer } from "@spoor/services";
import { pino } from "pino";
import { expect, it } from "vitest";
import { openProducer } from "./producer.ts";
import type { ProducerOptions } from "./producer-options.ts";

const kafka = await requireService("kafka");

function optionsOf(brokers: readonly string[], topic: string): ProducerOptions {
  const logger = pino({ level: "silent" });
  return {
    connection: { brokers, clientId: "test", flagPrefix: "kafka.producer", requestTimeoutMs: 1000, logger },
    topic,
    acks: -1,
    compression: "none",
    compressionLevel: 0,
    lingerMs: 0,
    batchBytes: 0,
    batchMinRecords: 0,
    batchMaxRecords: 0,
    maxMessageBytes: 1_000_000,
    maxBufferedBytes: 1_000_000,
    deliveryTimeoutMs: 1000,
  };
}

it("the opening of a producer ends when it is told to, while a broker does not answer, and leaves no connection", async () => {
  const broker = await startMuteServer();
  const stop = new AbortController();
  const opening = openProducer(optionsOf([broker.address], "spans"), stop.signal).catch((error: unknown) => error);
  while (broker.connections() === 0) await sleep(10);
  stop.abort(new Error("enough"));
  expect(await opening).toBe(stop.signal.reason);
  // Its request is still open.
  expect(broker.connections()).toBe(1);
  while (broker.connections() > 0) await sleep(10);
  await broker.close();
});

it.skipIf(!kafka.available)(
  "nothing that Node warns of happens while a broker is talked to",
  async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning);
    process.on("warning", onWarning);
    const server = await sharedKafka("4.4.0");
    try {
      const producer = await openProducer(optionsOf(server.brokers, "warnings"));
      for (let i = 0; i < 5; i++) await producer.check();
      await producer.close();
      await sleep(50);
    } finally {
      process.off("warning", onWarning);
      server.release();
    }
    expect(warnings).toEqual([]);
  },
  SHARED_START_TIMEOUT_MS,
);
