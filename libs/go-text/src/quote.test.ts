import { describe, expect, it } from "vitest";
import { goQuote, goQuoteTime } from "./quote.ts";

describe("quoted text", () => {
  it("has escapes for what does not print", () => {
    expect(goQuote('a\u007f\u2028\u200b\u{e0001}é"\\\n')).toBe('"a\\x7f\\u2028\\u200b\\U000e0001é\\"\\\\\\n"');
  });

  it("of package time has escapes for all that is not ASCII", () => {
    expect(goQuoteTime("é\t")).toBe('"\\xc3\\xa9\\x09"');
  });
});
