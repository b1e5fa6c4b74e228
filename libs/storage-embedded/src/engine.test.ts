import { batchesOf, batchOf, childOf, runDifferential, SpanGenerator } from "@spoor/storage-testkit";
import { afterEach, describe, expect, it } from "vitest";
import { type LogLine, packed, spanIds, TestEngine, until } from "./testing/test-engine.ts";

const HOUR_MS = 3_600_000;
let test: TestEngine | undefined;

async function open(...options: Parameters<typeof TestEngine.open>): Promise<TestEngine> {
  test = await TestEngine.open(...options);
  return test;
}

async function reopen(store: TestEngine, options: Parameters<typeof TestEngine.open>[0] = {}): Promise<TestEngine> {
  await store.engine.close();
  return open({ ...options, directory: store.directory }, undefined, store.nowMs);
}

afterEach(async () => {
  await test?.dispose();
  test = undefined;
});

/** Makes the active memtable a block now. */
async function seal(store: TestEngine): Promise<void> {
  const before = store.engine.stats().blocksWritten;
  store.nowMs += store.options.sliceMs;
  store.engine.maintain();
  await until(() => store.engine.stats().blocksWritten > before && store.engine.stats().unsealedSpans === 0);
}

function errors(store: TestEngine): readonly LogLine[] {
  return store.log.filter(({ level }) => level === "error");
}

describe("blocks", () => {
  it("answer every search as the spans did while they were in memory", async () => {
    const store = await open({ blockSpans: 4096 });
    const generator = new SpanGenerator(7);
    const spans = Array.from({ length: 120 }, () => generator.trace()).flat();
    await store.write(...batchesOf(spans, 9));
    const searches = spans.slice(0, 150).map((span) => ({
      serviceName: span.process.serviceName,
      operationName: span.operationName,
      tags: span.tags.slice(0, 1).map((tag) => [tag.key, tag.type === "string" ? tag.value : "404"] as const),
      durationMinNs: span.durationNs - 1000n,
    }));
    const inMemory = await Promise.all(searches.map((query) => store.search(query)));
    await seal(store);
    expect(store.engine.stats()).toMatchObject({ blocks: 1, unsealedSpans: 0 });
    const inBlock = await Promise.all(searches.map((query) => store.search(query)));
    expect(inBlock).toEqual(inMemory);
    expect(inBlock.some(({ traceIds }) => traceIds.length > 1)).toBe(true);
  });

  it("hold a trace that is larger than a block, over several of them", async () => {
    const store = await open({ blockSpans: 100 });
    const spans = new SpanGenerator(3).trace({ spans: 1234 });
    await store.write(...batchesOf(spans, 30));
    expect(spanIds(store.trace(spans[0]?.traceId ?? ""))).toEqual(spans.map(({ spanId }) => spanId).sort());
    expect((await store.search()).traceIds).toEqual([spans[0]?.traceId]);
  });

  it("take a span larger than a block's memory", async () => {
    const store = await open({ blockBytes: 64 * 1024 });
    const generator = new SpanGenerator(4);
    const small = generator.span();
    const huge = generator.span({ tags: [{ key: "big", type: "string", value: "x".repeat(300_000) }] });
    await store.write(batchOf([small]), batchOf([huge]), batchOf([generator.span()]));
    expect(spanIds(store.trace(huge.traceId))).toEqual([huge.spanId]);
    await seal(store);
    expect(spanIds(store.trace(huge.traceId))).toEqual([huge.spanId]);
    expect((await store.search({ tags: [["big", "x".repeat(300_000)]] })).traceIds).toEqual([huge.traceId]);
  });

  it("find spans years apart, each at its own time", async () => {
    const store = await open();
    const generator = new SpanGenerator(5);
    const years = [-10, -1, 0, 1, 60].map((years) =>
      generator.span({ startTimeNs: generator.baseTimeNs + BigInt(years) * 31_536_000_000_000_000n }),
    );
    await store.write(batchOf(years));
    await seal(store);
    expect(store.sliceFiles()).toHaveLength(1);
    expect((await store.search()).traceIds).toEqual([...years].reverse().map(({ traceId }) => traceId));
    for (const span of years) {
      const at = { startTimeMinNs: span.startTimeNs, startTimeMaxNs: span.startTimeNs };
      expect((await store.search(at)).traceIds).toEqual([span.traceId]);
    }
  });
});

describe("a store opened again", () => {
  it("has the spans of the journal and of blocks, with names and calls", async () => {
    let store = await open({ blockSpans: 64 });
    const generator = new SpanGenerator(11);
    const parent = generator.span({ process: generator.process("front"), tags: [] });
    const traces = Array.from({ length: 40 }, () => generator.trace({ services: 3 }));
    await store.write(batchOf([parent]), ...traces.map((spans) => batchOf(spans)));
    const before = {
      services: store.engine.services(""),
      operations: store.engine.operations("", "svc-1", undefined),
      calls: await store.engine.dependencies("", 0, store.nowMs * 2),
    };
    store = await reopen(store, { blockSpans: 64 });
    expect(store.engine.stats().blocks).toBeGreaterThan(1);
    expect(store.engine.stats().unsealedSpans).toBeGreaterThan(0);
    for (const spans of traces) {
      expect(spanIds(store.trace(spans[0]?.traceId ?? ""))).toEqual(spans.map(({ spanId }) => spanId).sort());
    }
    expect(store.engine.services("")).toEqual(before.services);
    expect(store.engine.operations("", "svc-1", undefined)).toEqual(before.operations);
    expect(sorted(await store.engine.dependencies("", 0, store.nowMs * 2))).toEqual(sorted(before.calls));

    // A call whose caller came in an earlier life of the store, and then comes again.
    const child = generator.span({
      traceId: parent.traceId,
      references: [childOf(parent)],
      process: generator.process("back"),
      tags: [],
    });
    await store.write(batchOf([child]), batchOf([parent, child]));
    const link = (await store.engine.dependencies("", 0, store.nowMs * 2)).filter(({ parent }) => parent === "front");
    expect(link).toEqual([{ parent: "front", child: "back", callCount: 1, source: "" }]);
    await seal(store);
    await store.write(batchOf([child, parent]));
    await seal(store);
    const again = (await store.engine.dependencies("", 0, store.nowMs * 2)).filter(({ parent }) => parent === "front");
    expect(again).toEqual(link);
  });
});

function sorted(links: readonly { parent: string; child: string }[]) {
  return [...links].sort((a, b) => `${a.parent} ${a.child}`.localeCompare(`${b.parent} ${b.child}`));
}

describe("retention", () => {
  it("removes a slice's file, spans, names and calls when its time is over, and not before", async () => {
    const store = await open({ retentionMs: 10 * HOUR_MS });
    const generator = new SpanGenerator(1);
    const write = async (front: string, back: string) => {
      const parent = generator.span({ process: generator.process(front), tags: [] });
      const child = generator.span({
        traceId: parent.traceId,
        references: [childOf(parent)],
        process: generator.process(back),
        tags: [],
      });
      await store.write(batchOf([parent, child]));
      await seal(store);
      return parent;
    };
    const old = await write("old-front", "old-back");
    store.nowMs += 6 * HOUR_MS;
    const young = await write("front", "back");
    expect(store.engine.services("")).toEqual(["back", "front", "old-back", "old-front"]);
    expect(store.sliceFiles()).toHaveLength(2);
    store.nowMs += 2 * HOUR_MS;
    store.engine.maintain();
    expect(spanIds(store.trace(old.traceId))).toHaveLength(2);
    store.nowMs += 2 * HOUR_MS;
    store.engine.maintain();
    expect(store.sliceFiles()).toHaveLength(1);
    expect(store.trace(old.traceId)).toEqual([]);
    expect(spanIds(store.trace(young.traceId))).toHaveLength(2);
    expect(store.engine.services("")).toEqual(["back", "front"]);
    expect((await store.engine.dependencies("", 0, store.nowMs * 2)).map(({ parent }) => parent)).toEqual(["front"]);
    expect((await store.search()).traceIds).toEqual([young.traceId]);
    store.nowMs += 20 * HOUR_MS;
    store.engine.maintain();
    expect(store.engine.services("")).toEqual([]);
    expect(store.sliceFiles()).toEqual([]);
  });

  it("leaves each slice the names of its own spans, also those that an earlier one had", async () => {
    const options = { retentionMs: 10 * HOUR_MS, blockSpans: 8 };
    let store = await open(options);
    const generator = new SpanGenerator(9);
    const process = generator.process("shop");
    const named = (operationName: string) => generator.span({ process, operationName, tags: [] });
    const names = () => store.engine.operations("", "shop", undefined).map(({ name }) => name);
    // Blocks that follow each other in one slice, then one in another slice without the first name.
    for (let i = 0; i < 30; i++) await store.write(batchOf([named("often"), named(i < 15 ? "early" : "late")]));
    await seal(store);
    store.nowMs += 6 * HOUR_MS;
    await store.write(batchOf([named("often"), named("late")]));
    await seal(store);
    store = await reopen(store, options);
    expect(names()).toEqual(["early", "late", "often"]);
    store.nowMs += 6 * HOUR_MS;
    store.engine.maintain();
    expect(names()).toEqual(["late", "often"]);
    store = await reopen(store, options);
    expect(names()).toEqual(["late", "often"]);
  });

  it("counts from a span's arrival: one that claims to be old stays, one that claims to be new goes", async () => {
    const store = await open({ retentionMs: 10 * HOUR_MS });
    const generator = new SpanGenerator(2);
    const past = generator.span({ startTimeNs: 1_000_000_000n });
    const future = generator.span({ startTimeNs: BigInt(store.nowMs + 1000 * HOUR_MS) * 1_000_000n });
    await store.write(batchOf([past, future]));
    await seal(store);
    store.engine.maintain();
    expect((await store.search()).traceIds).toEqual([future.traceId, past.traceId]);
    store.nowMs += 12 * HOUR_MS;
    store.engine.maintain();
    expect((await store.search()).traceIds).toEqual([]);
  });

  it("goes on after the machine's clock was wrong for a while", async () => {
    const store = await open({ retentionMs: 10 * HOUR_MS });
    const generator = new SpanGenerator(8);
    const truth = store.nowMs;
    store.nowMs = truth + 10_000 * HOUR_MS;
    await store.write(batchOf([generator.span()]));
    await seal(store);
    store.nowMs = truth;
    const [early, late] = [generator.span(), generator.span()];
    for (const span of [early, late]) {
      await store.write(batchOf([span]));
      await seal(store);
      store.nowMs += 6 * HOUR_MS;
    }
    store.engine.maintain();
    expect(store.trace(early.traceId)).toEqual([]);
    expect(spanIds(store.trace(late.traceId))).toEqual([late.spanId]);
    // What came while the clock was ahead stays as long as that clock said.
    expect(store.sliceFiles()).toHaveLength(2);
  });

  it("drops the oldest slices when all together are larger than allowed", async () => {
    const store = await open({ maxBytes: 400 * 1024 });
    const generator = new SpanGenerator(3);
    const traces: string[] = [];
    for (let i = 0; i < 8; i++) {
      const spans = generator.trace({ spans: 300 });
      traces.push(spans[0]?.traceId ?? "");
      await store.write(batchOf(spans));
      await seal(store);
    }
    store.engine.maintain();
    expect(store.engine.stats().slicesDropped).toBeGreaterThan(0);
    expect(store.engine.stats().diskBytes).toBeLessThanOrEqual(400 * 1024);
    const kept = (await store.search()).traceIds;
    expect(kept).toContain(traces[7]);
    expect(kept).not.toContain(traces[0]);
  });

  it("lets a read that began go on without the slice that was dropped under it", async () => {
    const store = await open({ retentionMs: HOUR_MS });
    const spans = new SpanGenerator(4).trace({ spans: 9000 });
    await store.write(batchOf(spans));
    await seal(store);
    const cursor = store.engine.openTraces("", [spans[0]?.traceId ?? ""]);
    expect(cursor.next().done).toBe(false);
    store.nowMs += 3 * HOUR_MS;
    store.engine.maintain();
    let last = cursor.next();
    while (!last.done) last = cursor.next();
    cursor.close();
    expect(store.trace(spans[0]?.traceId ?? "")).toEqual([]);
    expect(errors(store)).toEqual([]);
  });
});

describe("tenants", () => {
  it("do not see each other's spans in a block, under one trace id", async () => {
    const store = await open();
    const generator = new SpanGenerator(9);
    const traceId = generator.traceId();
    const spans = ["a", "b", ""].map((tenant) => ({ tenant, span: generator.span({ traceId }) }));
    for (const { tenant, span } of spans) await store.write(batchOf([span], { tenant }));
    for (const sealed of [false, true]) {
      if (sealed) await seal(store);
      for (const { tenant, span } of spans) {
        expect(spanIds(store.trace(traceId, tenant))).toEqual([span.spanId]);
        const serviceName = span.process.serviceName;
        expect((await store.search({ tenant, serviceName, operationName: span.operationName })).traceIds).toEqual([
          traceId,
        ]);
      }
      expect(store.trace(traceId, "c")).toEqual([]);
      expect((await store.search({ tenant: "c" })).traceIds).toEqual([]);
    }
  });
});

describe("malformed bytes, should any get here,", () => {
  it("of a process are refused for good, and leave nothing behind that keeps the store from opening", async () => {
    let store = await open();
    const good = new SpanGenerator(1).span();
    const bad = packed(batchOf([good]));
    // The first byte of the process, a field's tag, behind the entry's two lengths.
    bad.processes[8] = 0xff;
    await expect(store.engine.write(bad)).rejects.toMatchObject({ code: "REJECTED" });
    await store.write(batchOf([good]));
    store = await reopen(store);
    expect(spanIds(store.trace(good.traceId))).toEqual([good.spanId]);
    expect(errors(store)).toEqual([]);
  });

  it("of a span are stored and found by trace id, and do no harm to others", async () => {
    let store = await open();
    const generator = new SpanGenerator(2);
    const broken = generator.span();
    const good = generator.span({ process: broken.process });
    const both = packed(batchOf([broken, good]));
    const [source] = batchOf([broken]).spans;
    const from = (source?.traceIdStart ?? 0) - (source?.start ?? 0) + 16;
    // All of the first span behind its trace id.
    both.bytes.fill(0xff, from, both.meta[0]);
    await store.engine.write(both);
    for (const sealed of [false, true]) {
      if (sealed) await seal(store);
      expect(store.trace(broken.traceId)).toHaveLength(1);
      const { traceIds, completeness } = await store.search({ serviceName: good.process.serviceName });
      expect(traceIds).toEqual([good.traceId]);
      expect(completeness).toMatchObject({ complete: false, reason: "unreadable" });
    }
    store = await reopen(store);
    expect(spanIds(store.trace(good.traceId))).toEqual([good.spanId]);
  });
});

describe("a search", () => {
  it("says so when it ran out of time", async () => {
    const store = await open({ blockSpans: 200, searchTimeoutMs: 0 });
    const generator = new SpanGenerator(6);
    for (let i = 0; i < 60; i++) await store.write(batchOf(generator.trace({ spans: 200 })));
    const { completeness } = await store.search({ tags: [["no such", "tag"]] });
    // Whether a rest came due before the end depends on the machine; what it says must fit.
    if (!completeness.complete) expect(completeness.reason).toBe("time");
    const all = await store.search({ limit: 5 });
    expect(all.completeness.complete).toBe(false);
  });
});

describe("many small blocks", () => {
  it("answer generated queries as a plain loop does, whatever slices they are in", async () => {
    const store = await open({ blockSpans: 32, maxSliceBytes: 100 * 1024, cacheBytes: 16 * 1024 });
    const generator = new SpanGenerator(21);
    const { NaiveStore } = await import("@spoor/storage-testkit");
    const naive = new NaiveStore();
    const spans = generator.random.shuffle(Array.from({ length: 150 }, () => generator.trace()).flat());
    for (const batch of batchesOf(spans, 120)) await store.write(batch);
    naive.add(spans);
    expect(store.engine.stats().sliceFiles).toBeGreaterThan(1);
    const reader = {
      findTraceIds: (query: Parameters<typeof naive.matches>[0]) =>
        store.search({
          serviceName: query.serviceName,
          operationName: query.operationName,
          tags: [...query.tags],
          startTimeMinNs: query.startTimeMinNs,
          startTimeMaxNs: query.startTimeMaxNs,
          durationMinNs: query.durationMinNs,
          durationMaxNs: query.durationMaxNs,
          limit: query.limit,
        }),
    };
    const report = await runDifferential(
      { reader, capabilities: { searchWithoutService: true } } as unknown as Parameters<typeof runDifferential>[0],
      naive,
      { seed: 3, queries: 200 },
    );
    expect(report.hits).toBeGreaterThan(20);
  });
});
