import { CallCounter as SharedCallCounter } from "@spoor/service-calls";
import { Random } from "@spoor/storage-testkit";
import { describe, expect, it } from "vitest";
import { BlockScratch } from "./block-scratch.ts";
import { CallCounter } from "./call-counter.ts";
import { EdgeCounts } from "./edge-counts.ts";
import { type KeyPairs, sortPairs } from "./key-sort.ts";
import { MaxHeap } from "./max-heap.ts";
import { Posting } from "./posting.ts";
import { RowCache } from "./row-cache.ts";
import { ROLE } from "./span-scanner.ts";
import { TraceFilter } from "./trace-filter.ts";

const random = new Random(5);

describe("a posting", () => {
  const ordinals = [0, 3, 15, 16, 17, 4000, 65_535];
  const bits = new Uint16Array(4096);
  for (const ordinal of ordinals) bits[ordinal >>> 4] = (bits[ordinal >>> 4] ?? 0) | (1 << (ordinal & 15));
  const postings = {
    list: new Posting(ordinals.length, Uint16Array.from(ordinals), undefined),
    bitmap: new Posting(ordinals.length, new Uint16Array(0), bits),
  };
  for (const [name, posting] of Object.entries(postings)) {
    it(`as a ${name} gives its ordinals in order`, () => {
      const seen: number[] = [];
      for (let at = posting.next(0); at >= 0 && at < 65_535; at = posting.next(at + 1)) seen.push(at);
      expect(seen).toEqual(ordinals.slice(0, -1));
      expect(posting.next(4001)).toBe(65_535);
      expect([0, 1, 3, 4, 65_535].map((ordinal) => posting.has(ordinal))).toEqual([true, false, true, false, true]);
    });
  }
});

describe("sorting keys", () => {
  it("orders by hash and keeps the order of ordinals", async () => {
    const count = 20_000;
    const { pairs, spare } = new BlockScratch().pairs(count);
    for (let i = 0; i < count; i++) {
      pairs.hashes[i] = random.between(0, 1) === 0 ? random.between(0, 50) : random.between(0, 0xffffffff);
      pairs.ordinals[i] = i;
    }
    const expected = Array.from({ length: count }, (_, i) => i).sort(
      (a, b) => (pairs.hashes[a] as number) - (pairs.hashes[b] as number) || a - b,
    );
    const sorted: KeyPairs = await sortPairs(pairs, spare, count, () => undefined);
    expect([...sorted.ordinals.subarray(0, count)]).toEqual(expected);
  });
});

describe("the heap", () => {
  it("gives what was put in from the largest to the smallest", () => {
    const heap = new MaxHeap<number>((a, b) => a - b);
    const values = Array.from({ length: 500 }, () => random.between(0, 99));
    for (const value of values) heap.push(value);
    const out: number[] = [];
    for (let value = heap.pop(); value !== undefined; value = heap.pop()) out.push(value);
    expect(out).toEqual(values.sort((a, b) => b - a));
  });
});

describe("the row cache", () => {
  it("stays within its size and keeps what is used", () => {
    const cache = new RowCache(100_000);
    let loads = 0;
    const get = (key: number) =>
      cache.get(key, () => {
        loads++;
        return { value: { key }, bytes: 1000 };
      });
    for (let i = 0; i < 1000; i++) {
      expect(get(i)).toEqual({ key: i });
      get(0);
    }
    expect(loads).toBe(1000);
    expect(cache.bytes).toBeLessThanOrEqual(102_000);
  });
});

describe("the trace filter", () => {
  it("never denies what it holds, and seldom claims what it does not", () => {
    const filter = new TraceFilter();
    const hashes = Array.from({ length: 50_000 }, () => random.between(0, 0xffffffff));
    for (const hash of hashes) filter.add(hash);
    expect(hashes.every((hash) => filter.has(hash))).toBe(true);
    let wrong = 0;
    for (let i = 0; i < 20_000; i++) if (filter.has(random.between(0, 0xffffffff))) wrong++;
    expect(wrong).toBeLessThan(200);
    expect(filter.bytes).toBeLessThan(50_000 * 16);
  });
});

describe("counting calls", () => {
  it("gives the same for any order of a trace's spans, also of one with thousands", () => {
    const spans = Array.from({ length: 3000 }, (_, i) => ({
      id: i + 1,
      parent: i === 0 ? 0 : random.between(1, i),
      role: i === 0 ? 0 : 1,
      service: `s${random.between(0, 5)}`,
    }));
    const count = (order: typeof spans) => {
      const counter = new CallCounter();
      const counts = new EdgeCounts();
      for (const { id, parent, role, service } of order) counter.add(7, id, 7, parent, role, service, id);
      counter.count("", 1, counts);
      const calls = [...counts.values()].map((edge) => `${edge.minute} ${edge.parent} ${edge.child} ${edge.calls}`);
      counter.clear();
      expect(counter.size).toBe(0);
      return calls.sort();
    };
    const calls = count(spans);
    expect(calls.length).toBeGreaterThan(20);
    expect(count(random.shuffle([...spans, ...spans.slice(0, 500)]))).toEqual(calls);
  });

  it("gives what service-calls gives, also of spans that share an id, come twice or have a parent that is not there", () => {
    const counter = new CallCounter();
    const counts = new EdgeCounts();
    const shared = new SharedCallCounter();
    for (let trace = 0; trace < 500; trace++) {
      const ids = random.between(1, 6);
      counter.clear();
      for (let i = 0; i < 12; i++) {
        const id = random.between(1, ids);
        const parent = random.between(0, ids + 1);
        // Of a span that names itself its parent the two think differently where it shares its id.
        if (parent === id) continue;
        const spanKind = random.pick(["", "client", "server"] as const);
        const serviceName = `s${random.between(0, 4)}`;
        const role = (parent === 0 ? 0 : ROLE.hasParent) | (spanKind === "" ? 0 : ROLE[spanKind]);
        const startMs = random.between(0, 1);
        for (let times = random.between(1, 2); times > 0; times--) {
          counter.add(7, id, 7, parent, role, serviceName, startMs);
          const parentSpanId = parent === 0 ? undefined : `${parent}`;
          const startTimeUs = startMs * 1000;
          shared.add({ traceId: `${trace}`, spanId: `${id}`, parentSpanId, serviceName, spanKind, startTimeUs });
        }
      }
      counter.count("", 1, counts);
    }
    const text = (parent: string, child: string, calls: number) => `${parent} ${child} ${calls}`;
    const own = Array.from(counts.values(), (edge) => text(edge.parent, edge.child, edge.calls)).sort();
    const theirs = shared.links(() => true).map((link) => text(link.parent, link.child, link.callCount));
    expect(own).toEqual(theirs.sort());
    expect(own.length).toBeGreaterThan(15);
  });
});
