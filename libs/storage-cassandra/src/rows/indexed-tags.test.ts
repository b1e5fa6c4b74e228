import type { KeyValue, Span } from "@spoor/span-model";
import { SpanGenerator } from "@spoor/storage-testkit";
import { describe, expect, test } from "vitest";
import { TagIndex } from "./indexed-tags.ts";

const text = (key: string, value: string): KeyValue => ({ key, type: "string", value });

function spanWith(tags: readonly KeyValue[], given: Partial<Span> = {}): Span {
  return new SpanGenerator(1).span({ tags, logs: [], process: { serviceName: "s", tags: [] }, ...given });
}

function pairsOf(index: TagIndex, span: Span) {
  let skipped = 0;
  const pairs = index.pairs(span, () => skipped++);
  return { pairs: Array.from(pairs, ([key, values]) => [key, ...values]), skipped };
}

describe("tags that are indexed", () => {
  test("come from the span, its process and its logs, each pair once", () => {
    const span = spanWith([text("a", "1"), text("a", "2"), text("a", "1")], {
      process: { serviceName: "s", tags: [text("p", "x"), text("a", "1")] },
      logs: [{ timestampNs: 0n, fields: [text("event", "e"), { key: "a", type: "int64", value: 2n }] }],
    });
    expect(pairsOf(new TagIndex(), span).pairs).toEqual([
      ["p", "x"],
      ["a", "1", "2"],
      ["event", "e"],
    ]);
    expect(pairsOf(new TagIndex({ processTags: false, logs: false }), span).pairs).toEqual([["a", "1", "2"]]);
    expect(pairsOf(new TagIndex({ tags: false, logs: false }), span).pairs).toEqual([
      ["p", "x"],
      ["a", "1"],
    ]);
    expect(pairsOf(new TagIndex({ blacklist: ["a"] }), span).pairs).toEqual([
      ["p", "x"],
      ["event", "e"],
    ]);
    expect(pairsOf(new TagIndex({ whitelist: ["a"] }), span).pairs).toEqual([["a", "1", "2"]]);
  });

  test("have keys and values below 256 bytes and no JSON object", () => {
    const long = "v".repeat(256);
    const { pairs, skipped } = pairsOf(
      new TagIndex(),
      spanWith([
        text("fits", "v".repeat(255)),
        text("long", long),
        text(long, "x"),
        text("bytes", "é".repeat(128)),
        text("object", '{"a":1}'),
        text("array", "[1]"),
        text("broken", "{a"),
        { key: "binary", type: "binary", value: Uint8Array.of(1, 255) },
        { key: "large", type: "binary", value: new Uint8Array(128) },
        { key: "other", type: "unknown", code: 9 },
      ]),
    );
    expect(pairs.map(([key]) => key)).toEqual(["fits", "array", "broken", "binary"]);
    expect(pairs.at(-1)).toEqual(["binary", "01ff"]);
    expect(skipped).toBe(6);
  });

  test("are those that a search may look up", () => {
    const index = new TagIndex({ blacklist: ["hidden"] });
    expect(index.canFind("a", "1")).toBe(true);
    expect(index.canFind("hidden", "1")).toBe(false);
    expect(index.canFind("a", "v".repeat(256))).toBe(false);
    expect(index.canFind("a", '{"b":2}')).toBe(false);
    expect(new TagIndex({ tags: false, processTags: false, logs: false }).canFind("a", "1")).toBe(false);
  });
});
