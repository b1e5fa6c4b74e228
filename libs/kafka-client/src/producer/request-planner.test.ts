import { describe, expect, test } from "vitest";
import type { Batch } from "./batch.ts";
import { Delivery } from "./delivery.ts";
import { PartitionQueue } from "./partition-queue.ts";
import { RequestPlanner } from "./request-planner.ts";

const LINGER_MS = 10;
const TIMEOUT_MS = 1000;
const KEY = new Uint8Array(0);

/** A queue whose one batch was begun at 0. */
function queueOf(partition: number, valueBytes = 100): PartitionQueue {
  const queue = new PartitionQueue(partition);
  const batch = queue.batchFor(0, valueBytes, Number.MAX_SAFE_INTEGER, 0);
  batch.openedMs = 0;
  batch.deadlineMs = TIMEOUT_MS;
  batch.builder.begin(KEY, 0, valueBytes, 0).raw(new Uint8Array(valueBytes), 0, valueBytes);
  batch.builder.end();
  batch.own(new Delivery(() => {}));
  return queue;
}

function setUp(leaders: readonly (number | undefined)[], busy: readonly number[] = []) {
  const expired: Batch[] = [];
  const planner = new RequestPlanner({
    leaderOf: (partition) => leaders[partition],
    isBusy: (nodeId) => busy.includes(nodeId),
    onExpired: (batch) => expired.push(batch),
  });
  const plan = (queues: readonly PartitionQueue[], nowMs: number) => {
    const { requests, ...rest } = planner.plan(queues, nowMs, LINGER_MS);
    const partitions = (each: readonly PartitionQueue[]) => each.map(({ partition }) => partition).sort();
    return { ...rest, requests: new Map([...requests].map(([nodeId, each]) => [nodeId, partitions(each)])) };
  };
  return { plan, expired };
}

describe("a plan of requests", () => {
  test("waits for company, then has one request for each leader", () => {
    const { plan } = setUp([1, 2, 1]);
    const queues = [queueOf(0), queueOf(1), queueOf(2)];
    expect(plan(queues, LINGER_MS - 1)).toEqual({ requests: new Map(), nextMs: LINGER_MS, needsLeaders: false });
    expect(plan(queues, LINGER_MS).requests).toEqual(
      new Map([
        [1, [0, 2]],
        [2, [1]],
      ]),
    );
  });

  test("leaves out leaders that are busy until the time of what waits is over, and asks who leads the rest", () => {
    const { plan } = setUp([1, undefined], [1]);
    expect(plan([queueOf(0), queueOf(1)], LINGER_MS)).toEqual({
      requests: new Map(),
      nextMs: TIMEOUT_MS,
      needsLeaders: true,
    });
  });

  test("leaves out a partition that has a batch under way", () => {
    const { plan } = setUp([1]);
    const queue = queueOf(0);
    queue.startSending();
    expect(plan([queue], LINGER_MS).requests).toEqual(new Map());
  });

  test("fills a request up to 8 MiB, and has a batch that is larger go alone", () => {
    const { plan } = setUp([1, 1, 1]);
    const half = 5 * 1024 * 1024;
    expect(plan([queueOf(0, half), queueOf(1, half), queueOf(2, half)], LINGER_MS).requests.get(1)).toHaveLength(1);
    expect(plan([queueOf(0, 2 * half)], LINGER_MS).requests.get(1)).toEqual([0]);
  });

  test("gives up what waited too long, also for a leader", () => {
    const { plan, expired } = setUp([undefined]);
    const queue = queueOf(0);
    expect(plan([queue], TIMEOUT_MS).requests).toEqual(new Map());
    expect(expired).toHaveLength(1);
    expect(plan([queue], TIMEOUT_MS)).toMatchObject({ needsLeaders: false, nextMs: Number.POSITIVE_INFINITY });
  });
});
