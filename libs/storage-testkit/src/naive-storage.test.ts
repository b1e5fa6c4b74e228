import { decodeSpan, readTraceId, scanSpan, wholeSpan } from "@spoor/span-wire";
import { type Storage, StorageError, type TraceReader } from "@spoor/storage-api";
import { describe, expect, it } from "vitest";
import { spanTexts } from "./batches.ts";
import { describeStorageContract } from "./contract/describe-storage-contract.ts";
import { answerProblem } from "./differential.ts";
import { NaiveStore } from "./naive-store.ts";
import { query } from "./reading.ts";
import { SpanGenerator } from "./span-generator.ts";

/** The naive store behind the storage interfaces: what the kit asks of others, it must be able to pass itself. */
function naiveStorage(): Storage {
  const tenants = new Map<string, { naive: NaiveStore; encoded: ReturnType<typeof scanSpan>[] }>();
  let closed = false;
  const of = (tenant: string, signal?: AbortSignal) => {
    if (closed) throw new StorageError("CLOSED", "closed");
    signal?.throwIfAborted();
    let entry = tenants.get(tenant);
    if (entry === undefined) {
      entry = { naive: new NaiveStore(), encoded: [] };
      tenants.set(tenant, entry);
    }
    return entry;
  };
  const reader: TraceReader = {
    async *getTrace(traceId, { tenant, signal }) {
      yield of(tenant, signal).encoded.filter((span) => readTraceId(span) === traceId);
    },
    async *getTraces(traceIds, { tenant, signal }) {
      const { encoded } = of(tenant, signal);
      for (const traceId of traceIds) {
        const spans = encoded.filter((span) => readTraceId(span) === traceId);
        if (spans.length > 0) yield { traceId, spans };
      }
    },
    findTraceIds: async (asked, { tenant, signal }) => {
      if (asked.limit < 1) throw new StorageError("INVALID_QUERY", "limit");
      const matches = [...of(tenant, signal).naive.matches(asked)].sort((a, b) => (a[1] < b[1] ? 1 : -1));
      const complete = matches.length <= asked.limit;
      return {
        traceIds: matches.slice(0, asked.limit).map(([id]) => id),
        completeness: complete ? { complete } : { complete, reason: "limit", detail: "" },
      };
    },
    getServices: async ({ tenant, signal }) => of(tenant, signal).naive.services(),
    getOperations: async (asked, { tenant, signal }) =>
      of(tenant, signal).naive.operations(asked.serviceName, asked.spanKind),
  };
  return {
    kind: "naive",
    capabilities: { persistent: false, searchWithoutService: true, tenancy: true, archive: false },
    writer: {
      async write(batch) {
        const entry = of(batch.tenant);
        for (const span of batch.spans) {
          const whole = scanSpan(wholeSpan(span, batch.commonFields));
          entry.encoded.push(whole);
          entry.naive.add([decodeSpan(whole)]);
        }
      },
    },
    reader,
    dependencies: {
      getDependencies: async (range, { tenant, signal }) => of(tenant, signal).naive.dependencies(range),
    },
    close: async () => {
      closed = true;
    },
  };
}

describeStorageContract(
  "the naive store",
  async () => {
    const storage = naiveStorage();
    return { storage, dispose: () => storage.close() };
  },
  { traits: { largeTraceSpans: 2000, hugeTraceSpans: 5000, differentialQueries: 100 } },
);

describe("the generator", () => {
  it("makes the same spans from the same seed", () => {
    const make = (seed: number) => spanTexts(new SpanGenerator(seed, { baseTimeNs: 0n }).trace({ spans: 20 }));
    expect(make(3)).toEqual(make(3));
    expect(make(3)).not.toEqual(make(4));
  });

  it("keeps to the precision it is given", () => {
    const generator = new SpanGenerator(5, { timePrecisionNs: 1000n });
    for (const span of generator.trace({ spans: 50 })) {
      expect(span.startTimeNs % 1000n).toBe(0n);
      expect(span.durationNs % 1000n).toBe(0n);
      for (const log of span.logs) expect(log.timestampNs % 1000n).toBe(0n);
    }
  });
});

describe("the judge of answers", () => {
  const matches = new Map([
    ["a", 3n],
    ["b", 2n],
    ["c", 2n],
  ]);
  const asked = query({ limit: 2 });
  const cut = { complete: false, reason: "limit", detail: "" } as const;

  it("takes either of two traces that start together", () => {
    expect(answerProblem(asked, { traceIds: ["a", "b"], completeness: cut }, matches)).toBeUndefined();
    expect(answerProblem(asked, { traceIds: ["a", "c"], completeness: cut }, matches)).toBeUndefined();
  });

  it("sees a wrong order, a stray trace, a missing one, a double one and a false claim", () => {
    const problem = (traceIds: string[], completeness: typeof cut | { complete: true } = cut) =>
      answerProblem(asked, { traceIds, completeness }, matches);
    expect(problem(["b", "a"])).toMatch("newest first");
    expect(problem(["b", "c"])).toMatch("newest first");
    expect(problem(["a", "x"])).toMatch("does not match");
    expect(problem(["a"])).toMatch("instead of 2");
    expect(problem(["a", "a"])).toMatch("twice");
    expect(problem(["a", "b"], { complete: true })).toMatch("said complete");
  });
});
