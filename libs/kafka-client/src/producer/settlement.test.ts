import { describe, expect, test } from "vitest";
import { KafkaError } from "../errors.ts";
import { NO_STAMP } from "../records/record-batch.ts";
import { Backlog } from "./backlog.ts";
import type { Batch } from "./batch.ts";
import { BatchLimit } from "./batch-limit.ts";
import { Delivery } from "./delivery.ts";
import { ProducerIdentity } from "./producer-identity.ts";
import { Settlement } from "./settlement.ts";

/** Kafka's codes of errors. */
const [NONE, NOT_LEADER, TIMED_OUT, TOO_LARGE, FORBIDDEN, NO_IDEMPOTENCE, OUT_OF_ORDER] = [0, 6, 7, 10, 29, 31, 45];
const LONG_AGO = new KafkaError("TIMEOUT", "no answer");

/** One partition, with everything around it but brokers: these give producer ids in turn, or what `newId` says. */
function setUp(newId?: () => Promise<never>) {
  const backlog = new Backlog();
  const warnings: string[] = [];
  let ids = 0n;
  const newProducerId = newId ?? (async () => ({ id: ++ids, epoch: 0 }));
  const logger = { warn: (...[, message]: readonly unknown[]) => void warnings.push(String(message)) };
  const identity = new ProducerIdentity({ newProducerId }, logger, true);
  let asked = 0;
  const settlement = new Settlement({
    target: { brokers: ["broker:9092"], flagPrefix: "kafka.producer", topic: "spans" },
    backlog,
    identity,
    limit: new BatchLimit({ maxMessageBytes: async () => undefined }, 1_000_000),
    findLeaders: () => void asked++,
  });
  const queue = backlog.queueOf(0);
  return {
    ...{ backlog, queue, settlement, warnings },
    leadersAsked: () => asked,
    /** Records that wait to be sent; how their delivery ended. */
    put(count: number): Promise<KafkaError | undefined> {
      const delivery = new Delivery(() => {});
      for (let i = 0; i < count; i++) {
        const batch = queue.batchFor(0, 1, 1_000_000, 0);
        const before = batch.builder.byteLength;
        batch.builder.begin(new Uint8Array(0), 0, 1, 0).raw(new Uint8Array([i]), 0, 1);
        batch.builder.end();
        batch.own(delivery);
        backlog.recordAdded(batch.builder.byteLength - before);
      }
      delivery.complete();
      return delivery.settled.then(
        () => undefined,
        (error: KafkaError) => error,
      );
    },
    /** Sends the first batch; who it says it is from, and its first number. */
    async send(): Promise<{ readonly batch: Batch; readonly from: readonly [id: bigint, sequence: number] }> {
      const batch = queue.startSending();
      const stamp = identity.stamp(batch, queue, await identity.current());
      return { batch, from: [stamp.producerId, stamp.baseSequence] };
    },
  };
}

describe("a batch that was sent", () => {
  test("is done when the broker has it; the next one goes on counting", async () => {
    const { put, send, settlement, backlog } = setUp();
    const done = put(3);
    const first = await send();
    expect(first.from).toEqual([1n, 0]);
    settlement.answered(first.batch, NONE);
    expect(await done).toBeUndefined();
    expect(backlog.isEmpty).toBe(true);
    expect(backlog.bytes).toBe(0);
    void put(1);
    expect((await send()).from).toEqual([1n, 3]);
  });

  test("goes again with the same numbers when another one leads, or nobody answered", async () => {
    const { put, send, settlement, leadersAsked } = setUp();
    const done = put(2);
    settlement.answered((await send()).batch, NOT_LEADER);
    expect(leadersAsked()).toBe(1);
    settlement.unanswered((await send()).batch, LONG_AGO, true);
    settlement.answered((await send()).batch, TIMED_OUT);
    const last = await send();
    expect(last.from).toEqual([1n, 0]);
    expect(last.batch.attempts).toBe(3);
    settlement.answered(last.batch, NONE);
    expect(await done).toBeUndefined();
  });

  test("goes again under another producer id when the broker's count is another one", async () => {
    const { put, send, settlement } = setUp();
    void put(2);
    settlement.answered((await send()).batch, NONE);
    void put(1);
    const second = await send();
    expect(second.from).toEqual([1n, 2]);
    settlement.answered(second.batch, OUT_OF_ORDER);
    expect((await send()).from).toEqual([2n, 0]);
  });

  test("and given up, though the broker may have it, is followed by another producer id", async () => {
    const { put, send, settlement, queue, backlog } = setUp();
    const done = put(2);
    settlement.unanswered((await send()).batch, LONG_AGO, true);
    const [batch] = queue.takeExpired(Number.MAX_SAFE_INTEGER);
    settlement.expired(batch as Batch);
    expect(await done).toBe(LONG_AGO);
    expect(backlog.isEmpty).toBe(true);
    void put(1);
    expect((await send()).from).toEqual([2n, 0]);
  });

  test("and given up before any broker saw it leaves the numbers as they are", async () => {
    const { put, send, settlement, queue } = setUp();
    const done = put(2);
    settlement.unanswered((await send()).batch, LONG_AGO, false);
    const [batch] = queue.takeExpired(Number.MAX_SAFE_INTEGER);
    settlement.expired(batch as Batch);
    expect(await done).toBe(LONG_AGO);
    void put(1);
    expect((await send()).from).toEqual([1n, 0]);
  });

  test("is refused where the user may not write", async () => {
    const { put, send, settlement } = setUp();
    const done = put(1);
    settlement.answered((await send()).batch, FORBIDDEN);
    expect(await done).toMatchObject({ code: "FORBIDDEN", message: expect.stringContaining("--kafka.producer.topic") });
  });

  test("goes in two when it is too large, until what is too large is alone, which is refused", async () => {
    const { put, send, settlement, backlog } = setUp();
    const done = put(3);
    settlement.answered((await send()).batch, TOO_LARGE);
    const half = await send();
    expect(half.batch.builder.count).toBe(2);
    settlement.answered(half.batch, NONE);
    const rest = await send();
    expect(rest.from).toEqual([1n, 2]);
    expect(rest.batch.builder.count).toBe(1);
    settlement.answered(rest.batch, TOO_LARGE);
    expect(await done).toMatchObject({ code: "TOO_LARGE" });
    expect(backlog.isEmpty).toBe(true);
    expect(backlog.bytes).toBe(0);
  });
});

describe("a user who may have no producer id", () => {
  test("sends without one, and the log says what that means, once", async () => {
    const { put, send, settlement, warnings } = setUp();
    void put(1);
    settlement.answered((await send()).batch, NO_IDEMPOTENCE);
    const again = await send();
    expect(again.from).toEqual([NO_STAMP.producerId, NO_STAMP.baseSequence]);
    settlement.answered(again.batch, NO_IDEMPOTENCE);
    expect(warnings).toEqual([expect.stringContaining("no producer id")]);
  });

  test("learns that when asking for one", async () => {
    const refused = new KafkaError("FORBIDDEN", "no");
    const { put, send, queue, settlement, warnings } = setUp(() => Promise.reject(refused));
    void put(1);
    await expect(send()).rejects.toBe(refused);
    settlement.unanswered(queue.sending as Batch, refused, false);
    expect((await send()).from).toEqual([NO_STAMP.producerId, NO_STAMP.baseSequence]);
    expect(warnings).toHaveLength(1);
  });
});
