import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeUtf8 } from "./utf8.ts";

describe("decoding UTF-8", () => {
  it("reads valid text of any length, from a Buffer and from a plain array", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
        const bytes = new TextEncoder().encode(`x${text}y`);
        expect(decodeUtf8(bytes, 1, bytes.length - 1)).toBe(text);
        expect(decodeUtf8(Buffer.from(bytes), 1, bytes.length - 1)).toBe(text);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ["61fffe62", "a\ufffd\ufffdb"],
    ["e282", "\ufffd\ufffd"],
    ["f09f8c", "\ufffd\ufffd\ufffd"],
    ["c328", "\ufffd("],
    ["eda080", "\ufffd\ufffd\ufffd"],
    ["c080", "\ufffd\ufffd"],
    ["f4908080", "\ufffd\ufffd\ufffd\ufffd"],
    ["efbfbd", "\ufffd"],
    ["f09f8c8de2", "🌍\ufffd"],
    ["c3bcff", "ü\ufffd"],
  ])("shows each invalid byte of %s as one U+FFFD", (hex, text) => {
    const bytes = Buffer.from(hex, "hex");
    expect(decodeUtf8(bytes, 0, bytes.length)).toBe(text);
    const long = Buffer.concat([Buffer.from("a".repeat(40)), bytes]);
    expect(decodeUtf8(long, 40, long.length)).toBe(text);
  });
});
