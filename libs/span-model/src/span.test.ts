import { describe, expect, it } from "vitest";
import { parentReference, type SpanReference } from "./span.ts";

const TRACE = "1".repeat(32);
const OTHER = "2".repeat(32);
const reference = (type: SpanReference["type"], traceId: string, digit: string): SpanReference => ({
  type,
  traceId,
  spanId: digit.repeat(16),
});

describe("the parent reference", () => {
  it("is the first CHILD_OF of the same trace, wherever it stands", () => {
    const child = reference("CHILD_OF", TRACE, "b");
    const references = [
      reference("CHILD_OF", OTHER, "0"),
      reference("FOLLOWS_FROM", TRACE, "a"),
      child,
      reference("CHILD_OF", TRACE, "c"),
    ];
    expect(parentReference(TRACE, references)).toBe(child);
  });

  it("is else the first FOLLOWS_FROM of the same trace, else none", () => {
    const follows = reference("FOLLOWS_FROM", TRACE, "a");
    expect(parentReference(TRACE, [reference("FOLLOWS_FROM", OTHER, "0"), follows])).toBe(follows);
    expect(parentReference(TRACE, [reference("CHILD_OF", OTHER, "0")])).toBeUndefined();
    expect(parentReference(TRACE, [])).toBeUndefined();
  });
});
