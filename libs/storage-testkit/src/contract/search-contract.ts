import type { Span } from "@spoor/span-model";
import type { TraceQuery } from "@spoor/storage-api";
import { answerProblem, queryText, runDifferential } from "../differential.ts";
import { query } from "../reading.ts";
import { beforeEach, expect, it } from "../vitest.ts";
import { type ContractContext, NO_TENANT, write } from "./context.ts";

const SECOND = 1_000_000_000n;

/** Find traces by what their spans hold. */
export function searchContract(context: ContractContext): void {
  const service = "search-service";
  let around: TraceQuery;

  beforeEach(() => {
    const { baseTimeNs } = context.generator;
    around = query({
      serviceName: service,
      startTimeMinNs: baseTimeNs - 3600n * SECOND,
      startTimeMaxNs: baseTimeNs + 7200n * SECOND,
    });
  });

  /** A span of the service with no tag that other spans have, `seconds` after the base time. */
  const span = (seconds: number, given: Partial<Span> = {}): Span =>
    context.generator.span({
      startTimeNs: context.generator.baseTimeNs + BigInt(seconds) * SECOND,
      process: { serviceName: service, tags: [] },
      tags: [],
      logs: [],
      ...given,
    });

  const find = async (given: Partial<TraceQuery> = {}) =>
    (await context.storage.reader.findTraceIds({ ...around, ...given }, NO_TENANT)).traceIds;
  const ids = (...spans: readonly Span[]) => spans.map((each) => each.traceId);

  it("finds the traces of a service, newest first", async () => {
    const [a, b, c] = [span(1), span(3), span(2)];
    await write(context, [a, b, c, span(4, { process: { serviceName: "another", tags: [] } })]);
    expect(await find()).toEqual(ids(b, c, a));
  });

  it("compares names exactly: case, spaces and beginnings matter", async () => {
    await write(context, [span(1, { operationName: "Get" }), span(2, { operationName: "get/all" })]);
    expect(await find({ serviceName: service.toUpperCase() })).toEqual([]);
    expect(await find({ serviceName: service.slice(0, -1) })).toEqual([]);
    expect(await find({ operationName: "get" })).toEqual([]);
    expect(await find({ operationName: "get/" })).toEqual([]);
  });

  it("does not mix up names that are equal once put together", async () => {
    const a = span(1, { operationName: "bc", process: { serviceName: "a", tags: [] } });
    const b = span(2, { operationName: "c", process: { serviceName: "ab", tags: [] } });
    await write(context, [a, b]);
    expect(await find({ serviceName: "a", operationName: "bc" })).toEqual(ids(a));
    expect(await find({ serviceName: "ab", operationName: "c" })).toEqual(ids(b));
    expect(await find({ serviceName: "ab", operationName: "bc" })).toEqual([]);
  });

  it("finds by operation", async () => {
    const wanted = span(1, { operationName: "GET /a?b=c:d" });
    await write(context, [wanted, span(2, { operationName: "other" })]);
    expect(await find({ operationName: "GET /a?b=c:d" })).toEqual(ids(wanted));
  });

  it("finds by a tag of the span, of its process and of a log alike", async () => {
    const tag = { key: "user", type: "string", value: "ann" } as const;
    const onSpan = span(1, { tags: [tag] });
    const onProcess = span(2, { process: { serviceName: service, tags: [tag] } });
    const onLog = span(3, { logs: [{ timestampNs: context.generator.baseTimeNs, fields: [tag] }] });
    await write(context, [onSpan, onProcess, onLog, span(4, { tags: [{ ...tag, value: "bob" }] })]);
    expect(await find({ tags: new Map([["user", "ann"]]) })).toEqual(ids(onLog, onProcess, onSpan));
    expect(await find({ tags: new Map([["user", "an"]]) })).toEqual([]);
    expect(await find({ tags: new Map([["use", "rann"]]) })).toEqual([]);
  });

  it("finds values of every type by their text", async () => {
    const tagged = span(1, {
      tags: [
        { key: "s", type: "string", value: "a b:c=d" },
        { key: "yes", type: "bool", value: true },
        { key: "no", type: "bool", value: false },
        { key: "n", type: "int64", value: -9223372036854775808n },
        { key: "f", type: "float64", value: 1.5 },
        { key: "third", type: "float64", value: 1 / 3 },
        { key: "big", type: "float64", value: 1e21 },
        { key: "whole", type: "float64", value: 12 },
        { key: "nan", type: "float64", value: Number.NaN },
        { key: "bin", type: "binary", value: Uint8Array.of(0xde, 0xad, 0) },
        { key: "none", type: "string", value: "" },
      ],
    });
    await write(context, [tagged, span(2)]);
    const found: readonly (readonly [string, string])[] = [
      ["s", "a b:c=d"],
      ["yes", "true"],
      ["no", "false"],
      ["n", "-9223372036854775808"],
      ["f", "1.5"],
      ["third", "0.3333333333"],
      ["big", "1e+21"],
      ["whole", "12"],
      ["nan", "NaN"],
      ["bin", "dead00"],
      ["none", ""],
    ];
    for (const pair of found) expect([pair, await find({ tags: new Map([pair]) })]).toEqual([pair, ids(tagged)]);
    const missed: readonly (readonly [string, string])[] = [
      ["yes", "1"],
      ["f", "1.50"],
      ["whole", "12.0"],
      ["bin", "DEAD00"],
      ["absent", ""],
    ];
    for (const pair of missed) expect([pair, await find({ tags: new Map([pair]) })]).toEqual([pair, []]);
  });

  it("finds one of several values of the same key", async () => {
    const both = span(1, {
      tags: [
        { key: "k", type: "string", value: "1" },
        { key: "k", type: "int64", value: 2n },
      ],
    });
    await write(context, [both]);
    expect(await find({ tags: new Map([["k", "1"]]) })).toEqual(ids(both));
    expect(await find({ tags: new Map([["k", "2"]]) })).toEqual(ids(both));
  });

  it("includes the bounds of time", async () => {
    const { timePrecisionNs } = context.traits;
    const at = span(10);
    await write(context, [at]);
    const exact = { startTimeMinNs: at.startTimeNs, startTimeMaxNs: at.startTimeNs };
    expect(await find(exact)).toEqual(ids(at));
    expect(await find({ ...exact, startTimeMinNs: at.startTimeNs + timePrecisionNs })).toEqual([]);
    expect(
      await find({ startTimeMinNs: at.startTimeNs - SECOND, startTimeMaxNs: at.startTimeNs - timePrecisionNs }),
    ).toEqual([]);
    expect(
      await find({ startTimeMinNs: at.startTimeNs + timePrecisionNs, startTimeMaxNs: at.startTimeNs + SECOND }),
    ).toEqual([]);
  });

  it("includes the bounds of duration", async () => {
    const { timePrecisionNs } = context.traits;
    const slow = span(1, { durationNs: 5n * SECOND });
    const quick = span(2, { durationNs: 0n });
    await write(context, [slow, quick]);
    expect(await find({ durationMinNs: 5n * SECOND, durationMaxNs: 5n * SECOND })).toEqual(ids(slow));
    expect(await find({ durationMinNs: 5n * SECOND + timePrecisionNs })).toEqual([]);
    expect(await find({ durationMaxNs: 5n * SECOND - timePrecisionNs })).toEqual(ids(quick));
    expect(await find({ durationMinNs: 0n })).toEqual(ids(quick, slow));
  });

  it("wants all conditions met by one and the same span", async () => {
    const { generator } = context;
    const traceId = generator.traceId();
    const a = span(1, { traceId, operationName: "a", tags: [{ key: "k", type: "string", value: "1" }] });
    const b = span(2, { traceId, operationName: "b", durationNs: 9n * SECOND });
    const elsewhere = span(3, {
      traceId,
      operationName: "c",
      process: { serviceName: "another", tags: [{ key: "k", type: "string", value: "2" }] },
    });
    await write(context, [a, b, elsewhere], 3);
    expect(await find({ operationName: "a", tags: new Map([["k", "1"]]) })).toEqual([traceId]);
    expect(await find({ operationName: "b", tags: new Map([["k", "1"]]) })).toEqual([]);
    expect(await find({ tags: new Map([["k", "1"]]), durationMinNs: 8n * SECOND })).toEqual([]);
    expect(await find({ tags: new Map([["k", "2"]]) })).toEqual([]);
    expect(await find({ operationName: "c" })).toEqual([]);
  });

  it("wants all of several tags on one span", async () => {
    const { generator } = context;
    const traceId = generator.traceId();
    const k = { key: "k", type: "string", value: "1" } as const;
    const l = { key: "l", type: "bool", value: true } as const;
    const both = span(1, { tags: [k], logs: [{ timestampNs: generator.baseTimeNs, fields: [l] }] });
    await write(context, [both, span(2, { traceId, tags: [k] }), span(3, { traceId, tags: [l] })]);
    const wanted = new Map([
      ["k", "1"],
      ["l", "true"],
    ]);
    expect(await find({ tags: wanted })).toEqual(ids(both));
  });

  it("gives no more traces than the limit, the newest, each once, and says what it left out", async () => {
    const { generator, storage } = context;
    const spans = Array.from({ length: 30 }, (_, i) => span(i));
    const doubled = spans.map((each, i) => span(i, { traceId: each.traceId }));
    await write(context, generator.random.shuffle([...spans, ...doubled]), 7);
    const newest = ids(...spans).reverse();
    expect(await find({ limit: 5 })).toEqual(newest.slice(0, 5));
    expect(await find({ limit: 30 })).toEqual(newest);
    const cut = await storage.reader.findTraceIds({ ...around, limit: 5 }, NO_TENANT);
    expect(cut.completeness).toMatchObject({ complete: false, reason: "limit" });
    const whole = await storage.reader.findTraceIds({ ...around, limit: 31 }, NO_TENANT);
    expect(whole.completeness).toEqual({ complete: true });
  });

  it("orders a trace by its newest matching span", async () => {
    const { generator } = context;
    const traceId = generator.traceId();
    const middle = span(5);
    const old = span(1, { traceId });
    const late = span(9, { traceId, operationName: "late" });
    await write(context, [old, middle, late], 3);
    expect(await find()).toEqual([traceId, middle.traceId]);
    expect(await find({ startTimeMaxNs: generator.baseTimeNs + 8n * SECOND })).toEqual([middle.traceId, traceId]);
  });

  it("finds traces without a service name, or says that it can not", async () => {
    const a = span(1, { process: { serviceName: "one", tags: [] } });
    const b = span(2, { process: { serviceName: "two", tags: [{ key: "k", type: "string", value: "v" }] } });
    await write(context, [a, b]);
    const { serviceName: _, ...everywhere } = around;
    const asked = context.storage.reader.findTraceIds(everywhere, NO_TENANT);
    if (!context.storage.capabilities.searchWithoutService) {
      await expect(asked).rejects.toMatchObject({ code: "UNSUPPORTED_QUERY" });
      return;
    }
    expect((await asked).traceIds).toEqual(ids(b, a));
    const tagged = { ...everywhere, tags: new Map([["k", "v"]]) };
    expect((await context.storage.reader.findTraceIds(tagged, NO_TENANT)).traceIds).toEqual(ids(b));
  });

  it("refuses a limit below one and a range that ends before it begins", async () => {
    const { reader } = context.storage;
    await expect(reader.findTraceIds({ ...around, limit: 0 }, NO_TENANT)).rejects.toMatchObject({
      code: "INVALID_QUERY",
    });
    const backwards = { ...around, startTimeMinNs: around.startTimeMaxNs, startTimeMaxNs: around.startTimeMinNs };
    expect((await reader.findTraceIds(backwards, NO_TENANT)).traceIds).toEqual([]);
  });

  it("answers generated queries as a plain loop over all spans does", async () => {
    const { generator, naive, storage, traits } = context;
    const traces = Array.from({ length: 60 }, () => generator.trace());
    await write(context, generator.random.shuffle(traces.flat()), 25);
    const report = await runDifferential(storage, naive, {
      seed: 7,
      queries: traits.differentialQueries,
      maxTagValueLength: traits.maxTagValueLength,
    });
    expect(report.hits).toBeGreaterThan(traits.differentialQueries / 10);
  });

  it("gives the right traces when hundreds start at the same time", async () => {
    const spans = Array.from({ length: 300 }, () => span(5));
    await write(context, spans, 10);
    const asked = { ...around, limit: 120 };
    const found = await context.storage.reader.findTraceIds(asked, NO_TENANT);
    expect([queryText(asked), answerProblem(asked, found, context.naive.matches(asked))]).toEqual([
      queryText(asked),
      undefined,
    ]);
  });
}
