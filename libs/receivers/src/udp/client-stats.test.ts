import { beforeEach, describe, expect, test } from "vitest";
import { ClientStats } from "./client-stats.ts";

const HOUR_MS = 3_600_000;

describe("client statistics", () => {
  let counted: Record<string, number>;
  let stats: ClientStats;
  const add = (name: string, count = 1): void => {
    counted[name] = (counted[name] ?? 0) + count;
  };
  const report = (clientId: string | undefined, seqNo?: number, dropped?: [number, number, number], nowMs = 0): void =>
    stats.record(
      {
        clientId,
        seqNo: seqNo === undefined ? undefined : BigInt(seqNo),
        stats:
          dropped === undefined
            ? undefined
            : {
                fullQueueDroppedSpans: BigInt(dropped[0]),
                tooLargeDroppedSpans: BigInt(dropped[1]),
                failedToEmitSpans: BigInt(dropped[2]),
              },
      },
      nowMs,
    );

  beforeEach(() => {
    counted = {};
    stats = new ClientStats({
      batchReceived: () => add("received"),
      batchesSent: (count) => add("sent", count),
      spansDropped: (cause, count) => add(cause, count),
    });
  });

  test("a batch without number or client is only received", () => {
    report(undefined, 1);
    report("a");
    report("", 3);
    expect(counted).toEqual({ received: 3 });
    expect(stats.connectedClients).toBe(0);
  });

  test("a client's first batch sets the base line, the next ones count what came since", () => {
    report("a", 10, [5, 0, 1]);
    expect(counted).toEqual({ received: 1 });
    report("a", 13, [7, 2, 1]);
    expect(counted).toEqual({ received: 2, sent: 3, "full-queue": 2, "too-large": 2 });
    report("a", 14);
    report("a", 15, [7, 2, 4]);
    expect(counted).toEqual({ received: 4, sent: 5, "full-queue": 2, "too-large": 2, "send-failure": 3 });
  });

  test("a batch that comes late or twice changes nothing", () => {
    report("a", 10, [1, 1, 1]);
    report("a", 9, [0, 0, 0]);
    report("a", 10, [9, 9, 9]);
    expect(counted).toEqual({ received: 3 });
  });

  test("clients are told apart, and forgotten after an hour", () => {
    report("a", 1, undefined, HOUR_MS);
    report("b", 7, undefined, HOUR_MS);
    expect(stats.connectedClients).toBe(2);
    report("b", 8, undefined, 1.5 * HOUR_MS);
    expect(counted).toEqual({ received: 3, sent: 1 });
    report("b", 9, undefined, 2.2 * HOUR_MS);
    expect(stats.connectedClients).toBe(1);
    report("a", 5, undefined, 2.2 * HOUR_MS);
    expect(counted).toEqual({ received: 5, sent: 2 });
  });

  test("made-up clients cannot fill the memory", () => {
    for (let i = 0; i < 10_100; i++) report(`client-${i}`, 1);
    expect(stats.connectedClients).toBe(10_000);
  });
});
