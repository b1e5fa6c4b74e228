import type { SpanReference } from "@spoor/span-model";
import { describe, expect, it } from "vitest";
import { parentReferenceFirst, replaceParent } from "./parent-reference.ts";
import { dropInvalidReferences } from "./span-references.ts";

const TRACE = "1".padStart(32, "0");
const reference = (type: "CHILD_OF" | "FOLLOWS_FROM", traceId: string, spanId: string): SpanReference => {
  return { type, traceId: traceId.padStart(32, "0"), spanId: spanId.padStart(16, "0") };
};

describe("references without a trace id", () => {
  it("are dropped with a warning each", () => {
    const good = reference("CHILD_OF", "1", "2");
    const warnings: string[] = ["before"];
    expect(dropInvalidReferences([reference("FOLLOWS_FROM", "0", "a"), good], warnings)).toEqual([good]);
    expect(warnings).toEqual([
      "before",
      "Invalid span reference removed {TraceID:0000000000000000 SpanID:000000000000000a RefType:FOLLOWS_FROM XXX_NoUnkeyedLiteral:{} XXX_unrecognized:[] XXX_sizecache:0}",
    ]);
  });
});

describe("the parent's reference", () => {
  it("swaps its place with the first", () => {
    const [a, b, c] = [
      reference("FOLLOWS_FROM", "9", "1"),
      reference("FOLLOWS_FROM", "1", "2"),
      reference("CHILD_OF", "1", "3"),
    ] as const;
    expect(parentReferenceFirst(TRACE, [a, b, c])).toEqual([c, b, a]);
    expect(parentReferenceFirst(TRACE, [a, b])).toEqual([b, a]);
    expect(parentReferenceFirst(TRACE, [a])).toEqual([a]);
    expect(parentReferenceFirst(TRACE, [c, a])).toEqual([c, a]);
  });

  it("is changed where it stands, or put first when there was none", () => {
    const [other, parent] = [reference("CHILD_OF", "9", "1"), reference("CHILD_OF", "1", "3")] as const;
    expect(replaceParent(TRACE, [other, parent], "00000000000000ff")).toEqual([
      other,
      { ...parent, spanId: "00000000000000ff" },
    ]);
    expect(replaceParent(TRACE, [other], "00000000000000ff")).toEqual([reference("CHILD_OF", "1", "ff"), other]);
  });
});
