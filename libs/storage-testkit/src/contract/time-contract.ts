import type { Span } from "@spoor/span-model";
import type { TraceQuery } from "@spoor/storage-api";
import { spanTexts } from "../batches.ts";
import { query, readTrace } from "../reading.ts";
import { childOf } from "../span-generator.ts";
import { beforeEach, expect, it } from "../vitest.ts";
import { type ContractContext, NO_TENANT, write } from "./context.ts";

const MINUTE_NS = 60_000_000_000n;
const HOUR_NS = 60n * MINUTE_NS;
const DAY_NS = 24n * HOUR_NS;

/** Searches over many days, and spans of clocks that go wrong. */
export function timeContract(context: ContractContext): void {
  const service = "time-service";
  /** Midnight before the base time. */
  let midnightNs: bigint;

  beforeEach(() => {
    const { baseTimeNs } = context.generator;
    midnightNs = baseTimeNs - (baseTimeNs % DAY_NS);
  });

  const span = (startTimeNs: bigint, given: Partial<Span> = {}): Span =>
    context.generator.span({
      startTimeNs,
      process: { serviceName: service, tags: [] },
      tags: [],
      logs: [],
      ...given,
    });
  const find = async (fromNs: bigint, toNs: bigint, given: Partial<TraceQuery> = {}) => {
    const asked = query({ serviceName: service, startTimeMinNs: fromNs, startTimeMaxNs: toNs, ...given });
    return (await context.storage.reader.findTraceIds(asked, NO_TENANT)).traceIds;
  };
  const ids = (spans: readonly Span[]) => spans.map((each) => each.traceId);

  it("searches over many days, newest first, and cuts at either end of the range and at the limit", async () => {
    // Every nine hours of the last five days, in no order.
    const spans = Array.from({ length: 13 }, (_, i) =>
      span(midnightNs - BigInt(i) * 9n * HOUR_NS, {
        tags: [{ key: "even", type: "bool", value: i % 2 === 0 }],
        durationNs: BigInt(i) * MINUTE_NS,
      }),
    );
    await write(context, context.generator.random.shuffle(spans), 5);
    const from = midnightNs - 5n * DAY_NS;
    expect(await find(from, midnightNs)).toEqual(ids(spans));
    expect(await find(from, midnightNs, { limit: 4 })).toEqual(ids(spans.slice(0, 4)));
    expect(await find(spans[9]?.startTimeNs ?? 0n, spans[3]?.startTimeNs ?? 0n)).toEqual(ids(spans.slice(3, 10)));
    const even = spans.filter((_, i) => i % 2 === 0);
    expect(await find(from, midnightNs, { tags: new Map([["even", "true"]]) })).toEqual(ids(even));
    expect(await find(from, midnightNs, { durationMinNs: 4n * MINUTE_NS, durationMaxNs: 7n * MINUTE_NS })).toEqual(
      ids(spans.slice(4, 8)),
    );
    for (const each of spans) {
      expect(spanTexts(await readTrace(context.storage.reader, each.traceId))).toEqual(spanTexts([each]));
    }
  });

  it("keeps apart what lies on both sides of midnight and of the full hour", async () => {
    const step = context.traits.timePrecisionNs;
    for (const border of [midnightNs, midnightNs - 3n * HOUR_NS]) {
      const serviceName = `border-${border}`;
      const process = { serviceName, tags: [] };
      const [before, at, after] = [border - step, border, border + step].map((start) => span(start, { process })) as [
        Span,
        Span,
        Span,
      ];
      await write(context, [at, after, before]);
      expect(await find(before.startTimeNs, after.startTimeNs, { serviceName })).toEqual(ids([after, at, before]));
      expect(await find(border - HOUR_NS, before.startTimeNs, { serviceName })).toEqual(ids([before]));
      expect(await find(border, border, { serviceName })).toEqual(ids([at]));
      expect(await find(after.startTimeNs, border + HOUR_NS, { serviceName })).toEqual(ids([after]));
    }
  });

  it("puts together a trace that lasts for days and finds it by each of its parts", async () => {
    const traceId = context.generator.traceId();
    const root = span(midnightNs - 4n * DAY_NS, { traceId, operationName: "root", durationNs: 4n * DAY_NS });
    const steps = Array.from({ length: 4 }, (_, i) =>
      span(midnightNs - BigInt(i) * DAY_NS, { traceId, operationName: `step ${i}`, references: [childOf(root)] }),
    );
    await write(context, [root, ...steps], 3);
    expect(spanTexts(await readTrace(context.storage.reader, traceId))).toEqual(spanTexts([root, ...steps]));
    const range = [midnightNs - 5n * DAY_NS, midnightNs] as const;
    for (const operationName of ["root", "step 0", "step 3"]) {
      expect([operationName, await find(...range, { operationName })]).toEqual([operationName, [traceId]]);
    }
    expect(await find(...range, { operationName: "root", durationMinNs: 4n * DAY_NS })).toEqual([traceId]);
    expect(await find(midnightNs - DAY_NS, midnightNs, { operationName: "root" })).toEqual([]);
    for await (const trace of context.storage.reader.getTraces([traceId], NO_TENANT)) {
      expect(trace.spans.length).toBe(5);
    }
  });

  it("keeps spans of a clock that is wrong: children before their parents, days behind and days ahead", async () => {
    const { baseTimeNs } = context.generator;
    const traceId = context.generator.traceId();
    const root = span(baseTimeNs, { traceId, operationName: "right" });
    const skews = [-3n * DAY_NS, -90n * MINUTE_NS, -1_000_000n, 90n * MINUTE_NS, 3n * DAY_NS];
    const skewed = skews.map((skewNs, i) =>
      span(baseTimeNs + skewNs, {
        traceId,
        operationName: `skewed ${i}`,
        references: [childOf(root)],
        process: { serviceName: `${service}-${i}`, tags: [] },
      }),
    );
    await write(context, [root, ...skewed], 2);
    expect(spanTexts(await readTrace(context.storage.reader, traceId))).toEqual(spanTexts([root, ...skewed]));
    let traces = 0;
    for await (const trace of context.storage.reader.getTraces([traceId], NO_TENANT)) {
      traces++;
      expect(trace.spans.length).toBe(1 + skews.length);
    }
    expect(traces).toBe(1);
    for (const [i, { startTimeNs, process }] of skewed.entries()) {
      const { serviceName } = process;
      expect([i, await find(startTimeNs, startTimeNs, { serviceName })]).toEqual([i, [traceId]]);
      expect([i, await find(startTimeNs + HOUR_NS, startTimeNs + 2n * HOUR_NS, { serviceName })]).toEqual([i, []]);
    }
  });

  it("finds a trace that lies wholly ahead of the present", async () => {
    const ahead = [1n, 26n, 72n].map((hours) => span(context.generator.baseTimeNs + hours * HOUR_NS + DAY_NS));
    await write(context, ahead);
    for (const each of ahead) {
      expect(spanTexts(await readTrace(context.storage.reader, each.traceId))).toEqual(spanTexts([each]));
      expect(await find(each.startTimeNs, each.startTimeNs)).toEqual([each.traceId]);
    }
  });
}
