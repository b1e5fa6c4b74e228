import type { KeyValue, Span } from "@spoor/span-model";
import { valueText } from "@spoor/span-wire";
import type { TraceQuery } from "@spoor/storage-api";
import { invalidUtf8BatchOf, spanTexts } from "../batches.ts";
import { EXTREME_KEYS, EXTREME_TAGS, OPERATOR_TEXTS } from "../extreme-values.ts";
import { query, readTrace } from "../reading.ts";
import { expect, it } from "../vitest.ts";
import { type ContractContext, NO_TENANT, write } from "./context.ts";

/** Values at the edges of their types, texts that are none, texts that look like something else: stored, read and found. */
export function edgeValuesContract(context: ContractContext): void {
  const { traits } = context;
  const service = "edge-values";

  const around = (given: Partial<TraceQuery>): TraceQuery => {
    const { baseTimeNs } = context.generator;
    const hourNs = 3_600_000_000_000n;
    return query({
      serviceName: service,
      startTimeMinNs: baseTimeNs - hourNs,
      startTimeMaxNs: baseTimeNs + hourNs,
      ...given,
    });
  };
  const find = async (given: Partial<TraceQuery>) =>
    (await context.storage.reader.findTraceIds(around(given), NO_TENANT)).traceIds;
  const findTag = (key: string, value: string) => find({ tags: new Map([[key, value]]) });
  const plain = (given: Partial<Span> = {}): Span =>
    context.generator.span({ process: { serviceName: service, tags: [] }, tags: [], logs: [], ...given });
  /** A span that has these tags in all three places. */
  const everywhere = (tags: readonly KeyValue[]): Span => {
    const timestampNs = context.generator.time();
    return plain({ tags, process: { serviceName: service, tags }, logs: [{ timestampNs, fields: tags }] });
  };
  const stored = (tags: readonly KeyValue[]) => tags.map((tag) => traits.storedTag(tag));
  const storedSpan = (span: Span): Span => ({
    ...span,
    tags: stored(span.tags),
    process: { ...span.process, tags: stored(span.process.tags) },
    logs: span.logs.map((log) => ({ ...log, fields: stored(log.fields) })),
  });

  it("gives back values at the edges of every type, on spans, processes and logs", async () => {
    const keys = EXTREME_KEYS.map((key): KeyValue => ({ key, type: "string", value: "key" }));
    const span = everywhere([...EXTREME_TAGS, ...keys]);
    await write(context, [span]);
    expect(spanTexts(await readTrace(context.storage.reader, span.traceId))).toEqual(spanTexts([storedSpan(span)]));
  });

  it("finds values at the edges of every type by their text", async () => {
    const span = everywhere(EXTREME_TAGS);
    await write(context, [span, plain()]);
    for (const tag of EXTREME_TAGS) {
      const text = valueText(tag);
      if (text.length > traits.maxTagValueLength) continue;
      expect([tag.key, await findTag(tag.key, text)]).toEqual([tag.key, [span.traceId]]);
    }
  });

  it("finds keys that parsers and index builders trip over", async () => {
    const keys = EXTREME_KEYS.filter((key) => key.length <= traits.maxTagValueLength);
    const spans = keys.map((key) => plain({ tags: [{ key, type: "string", value: "key" }] }));
    await write(context, spans, 3);
    for (const [i, key] of keys.entries()) {
      expect([key, await findTag(key, "key")]).toEqual([key, [spans[i]?.traceId]]);
    }
  });

  if (traits.exact)
    it("gives back an unknown value type, warnings and every bit of the flags", async () => {
      const span = plain({
        tags: [{ key: "later", type: "unknown", code: 9 }],
        warnings: ["first", "second"],
        flags: 0xffffffff,
      });
      await write(context, [span]);
      expect(spanTexts(await readTrace(context.storage.reader, span.traceId))).toEqual(spanTexts([span]));
    });

  it("takes an unknown value type and shows the span", async () => {
    const tags: KeyValue[] = [
      { key: "later", type: "unknown", code: 9 },
      { key: "now", type: "string", value: "a" },
    ];
    const span = plain({ tags });
    await write(context, [span]);
    const [shown] = await readTrace(context.storage.reader, span.traceId);
    expect(shown?.tags.map((tag) => tag.key)).toEqual(["later", "now"]);
    expect(await findTag("now", "a")).toEqual([span.traceId]);
  });

  it("keeps spans whose names and values are no UTF-8, and finds them as they are shown", async () => {
    const { storage, generator } = context;
    const span = plain({
      traceId: "11".repeat(16),
      spanId: "22".repeat(8),
      operationName: "op~~",
      process: { serviceName: "service~", tags: [{ key: "host", type: "string", value: "~" }] },
      startTimeNs: generator.baseTimeNs,
      durationNs: 0n,
      tags: [{ key: "key~", type: "string", value: "a~b" }],
    });
    await storage.writer.write(invalidUtf8BatchOf(span));
    const [shown] = await readTrace(storage.reader, span.traceId);
    expect(shown?.operationName).toBe("op\ufffd\ufffd");
    expect(shown?.tags).toEqual([{ key: "key\ufffd", type: "string", value: "a\ufffdb" }]);
    expect(shown?.process.tags).toEqual([{ key: "host", type: "string", value: "\ufffd" }]);
    const serviceName = "service\ufffd";
    expect(await storage.reader.getServices(NO_TENANT)).toEqual([serviceName]);
    expect(await storage.reader.getOperations({ serviceName }, NO_TENANT)).toEqual([
      { name: "op\ufffd\ufffd", spanKind: "" },
    ]);
    const wanted: readonly Partial<TraceQuery>[] = [
      { serviceName },
      { serviceName, operationName: "op\ufffd\ufffd" },
      { serviceName, tags: new Map([["key\ufffd", "a\ufffdb"]]) },
      { serviceName, tags: new Map([["host", "\ufffd"]]) },
    ];
    for (const [i, given] of wanted.entries()) expect([i, await find(given)]).toEqual([i, [span.traceId]]);
    expect(await find({ serviceName, tags: new Map([["key\ufffd", "a~b"]]) })).toEqual([]);
  });

  it("takes values that look like patterns, operators or escapes for what they are", async () => {
    const spans = OPERATOR_TEXTS.map((value) => plain({ tags: [{ key: "v", type: "string", value }] }));
    // What the patterns above would match.
    const prey = ["a", "b", "c", "ac", "abc", "aa", "1", "x", "", "a b", "A", "ab"].map((value) =>
      plain({ tags: [{ key: "v", type: "string", value }] }),
    );
    await write(context, [...spans, ...prey], 4);
    for (const [i, value] of OPERATOR_TEXTS.entries()) {
      expect([value, await findTag("v", value)]).toEqual([value, [spans[i]?.traceId]]);
    }
    expect(await findTag("v", "abcd")).toEqual([]);
  });

  it("takes names and keys that look like patterns, operators or escapes for what they are", async () => {
    const spans = OPERATOR_TEXTS.map((text) =>
      plain({
        operationName: text,
        process: { serviceName: `${service} ${text}`, tags: [] },
        tags: [{ key: text, type: "string", value: "v" }],
      }),
    );
    await write(context, [
      ...spans,
      plain({ operationName: "abc", tags: [{ key: "abc", type: "string", value: "v" }] }),
    ]);
    for (const [i, text] of OPERATOR_TEXTS.entries()) {
      const serviceName = `${service} ${text}`;
      const answers = [
        await find({ serviceName }),
        await find({ serviceName, operationName: text }),
        await find({ serviceName, tags: new Map([[text, "v"]]) }),
      ];
      const traceIds = [spans[i]?.traceId];
      expect([text, answers]).toEqual([text, [traceIds, traceIds, traceIds]]);
      expect(await context.storage.reader.getOperations({ serviceName }, NO_TENANT)).toMatchObject([{ name: text }]);
    }
    for (const text of [".*", "*", "%", "a.c"]) {
      expect([text, await find({ operationName: text })]).toEqual([text, []]);
      expect([text, await findTag(text, "v")]).toEqual([text, []]);
    }
  });

  it("tells values apart that only folding, trimming or counting would make equal", async () => {
    const values = [
      "1",
      "01",
      "1.0",
      "+1",
      "1 ",
      "true",
      "TRUE",
      "True",
      "e\u0301",
      "\u00e9",
      "\u00df",
      "ss",
      "I",
      "\u0131",
    ];
    const spans = values.map((value) => plain({ tags: [{ key: "v", type: "string", value }] }));
    await write(context, spans, 2);
    for (const [i, value] of values.entries()) {
      expect([value, await findTag("v", value)]).toEqual([value, [spans[i]?.traceId]]);
    }
  });
}
