import { describe, expect, test, vi } from "vitest";
import { PacketQueue } from "./packet-queue.ts";

const SENDER = { address: "127.0.0.1", port: 1 };
const packet = (n: number): Uint8Array => Uint8Array.of(n);

describe("packet queue", () => {
  test("packets that come shortly after each other come as one batch, in order", async () => {
    const batches: number[][] = [];
    const queue = new PacketQueue(10, 1, (packets) => {
      batches.push(packets.map((p) => p[0] as number));
    });
    for (const n of [1, 2, 3]) queue.push(packet(n), SENDER);
    expect(batches).toEqual([]);
    await vi.waitFor(() => expect(batches).toEqual([[1, 2, 3]]));
    queue.push(packet(4), SENDER);
    await vi.waitFor(() => expect(batches).toEqual([[1, 2, 3], [4]]));
  });

  test("a batch does not wait for more once it is large", () => {
    const batches: number[] = [];
    const queue = new PacketQueue(100, 1000, (packets) => {
      batches.push(packets.length);
    });
    for (let n = 0; n < 32; n++) queue.push(packet(n), SENDER);
    expect(batches).toEqual([16, 16]);
  });

  test("nothing is handed over while the consumer is busy, and a full queue takes no more", async () => {
    const batches: number[][] = [];
    let release = (): void => {};
    const queue = new PacketQueue(2, 1, (packets) => {
      batches.push(packets.map((p) => p[0] as number));
      return new Promise((resolve) => {
        release = resolve;
      });
    });
    expect(queue.push(packet(1), SENDER)).toBe(true);
    await vi.waitFor(() => expect(batches).toEqual([[1]]));
    expect(queue.push(packet(2), SENDER)).toBe(true);
    expect(queue.push(packet(3), SENDER)).toBe(true);
    expect(queue.push(packet(4), SENDER)).toBe(false);
    expect(queue.length).toBe(2);
    release();
    await vi.waitFor(() => expect(batches).toEqual([[1], [2, 3]]));
    release();
  });

  test("drain hands over what waits and waits for the consumer", async () => {
    const seen: number[] = [];
    const queue = new PacketQueue(10, 1000, async (packets) => {
      await Promise.resolve();
      for (const p of packets) seen.push(p[0] as number);
    });
    queue.push(packet(1), SENDER);
    queue.push(packet(2), SENDER);
    await queue.drain();
    expect(seen).toEqual([1, 2]);
  });
});
