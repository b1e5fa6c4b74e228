import { describe, expect, it } from "vitest";
import { formatTraceId, hexOf, parseSpanId, parseTraceId } from "./ids.ts";

describe("ids as text", () => {
  it("shows a trace id of 64 bits with 16 digits and any other with 32", () => {
    expect(formatTraceId("0".repeat(16).concat("00000000000000a1"))).toBe("00000000000000a1");
    expect(formatTraceId("0".repeat(15).concat("100000000000000a1"))).toBe("000000000000000100000000000000a1");
  });

  it("reads one to 32 digits in either case", () => {
    expect(parseTraceId("A1")).toBe("a1".padStart(32, "0"));
    expect(parseTraceId("f".repeat(32))).toBe("f".repeat(32));
    expect(parseSpanId("0B")).toBe("000000000000000b");
    for (const text of ["", "x", "f".repeat(33), "a1 ", "-1"]) expect(parseTraceId(text)).toBeUndefined();
    expect(parseSpanId("f".repeat(17))).toBeUndefined();
  });

  it("writes bytes as lower-case hex, from Buffers and plain arrays", () => {
    const bytes = Uint8Array.of(1, 0, 171, 255);
    expect(hexOf(bytes, 1, 3)).toBe("00abff");
    expect(hexOf(Buffer.from(bytes), 1, 2)).toBe("00ab");
  });
});
