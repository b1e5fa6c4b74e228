import type { SpanReference } from "@spoor/span-model";
import type { SpanFields } from "@spoor/span-wire";
import { describe, expect, it } from "vitest";
import { fieldsOf } from "../testing/places.ts";
import { referenceOf } from "./decode-shown.ts";
import { parentReferenceFirst, replaceParent } from "./parent-reference.ts";
import { dropInvalidReferences } from "./span-references.ts";

const TRACE = "1".padStart(32, "0");
const reference = (type: "CHILD_OF" | "FOLLOWS_FROM", traceId: string, spanId: string): SpanReference => {
  return { type, traceId: traceId.padStart(32, "0"), spanId: spanId.padStart(16, "0") };
};

/** The references of a span of {@link TRACE} after a change made to its encoded form. */
function after(change: (fields: SpanFields) => void, references: readonly SpanReference[]): SpanReference[] {
  const fields = fieldsOf({ traceId: TRACE, references });
  change(fields);
  return fields.references.map((item) => referenceOf(fields, item));
}

describe("references without a trace id", () => {
  it("are dropped with a warning each", () => {
    const good = reference("CHILD_OF", "1", "2");
    const warnings: string[] = ["before"];
    const references = [reference("FOLLOWS_FROM", "0", "a"), good];
    expect(after((fields) => dropInvalidReferences(fields, warnings), references)).toEqual([good]);
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
    expect(after(parentReferenceFirst, [a, b, c])).toEqual([c, b, a]);
    expect(after(parentReferenceFirst, [a, b])).toEqual([b, a]);
    expect(after(parentReferenceFirst, [a])).toEqual([a]);
    expect(after(parentReferenceFirst, [c, a])).toEqual([c, a]);
  });

  it("is changed where it stands, or put first when there was none", () => {
    const [other, parent] = [reference("CHILD_OF", "9", "1"), reference("CHILD_OF", "1", "3")] as const;
    expect(after((fields) => replaceParent(fields, 0, 255), [other, parent])).toEqual([
      other,
      { ...parent, spanId: "00000000000000ff" },
    ]);
    expect(after((fields) => replaceParent(fields, 0, 255), [other])).toEqual([
      reference("CHILD_OF", "1", "ff"),
      other,
    ]);
  });
});
