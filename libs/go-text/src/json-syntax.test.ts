import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { goJsonSyntaxError } from "./json-syntax.ts";

function check(text: string): string | undefined {
  return goJsonSyntaxError(Buffer.from(text));
}

describe("Go's words for bad JSON", () => {
  it.each([
    ["", "unexpected end of JSON input"],
    ["[{", "unexpected end of JSON input"],
    ['{"a"', "unexpected end of JSON input"],
    ["[1 2]", "invalid character '2' after array element"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['{"a" 1}', "invalid character '1' after object key"],
    ["{a}", "invalid character 'a' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ["[1,]", "invalid character ']' looking for beginning of value"],
    ["nul", "unexpected end of JSON input"],
    ["nux", "invalid character 'x' in literal null (expecting 'l')"],
    ["tru3", "invalid character '3' in literal true (expecting 'e')"],
    ["-x", "invalid character 'x' in numeric literal"],
    ["1.x", "invalid character 'x' after decimal point in numeric literal"],
    ["1e+x", "invalid character 'x' in exponent of numeric literal"],
    ["01", "invalid character '1' after top-level value"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u00g0"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ["\ufeff[]", "invalid character 'ï' looking for beginning of value"],
    ["nuLl", "invalid character 'L' in literal null (expecting 'l')"],
    ["{} x", "invalid character 'x' after top-level value"],
    ["é", "invalid character 'Ã' looking for beginning of value"],
    ["'", "invalid character '\\'' looking for beginning of value"],
  ])("for %j", (text, expected) => {
    expect(check(text)).toBe(expected);
  });

  it("come exactly when JSON.parse fails", () => {
    const piece = fc.constantFrom(...'{}[],:"\\ 0123.-eE'.split(""), "null", "true", '"a"', '"\\u0041"', "\t", "x");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
        ),
        (text) => {
          let valid = true;
          try {
            JSON.parse(text);
          } catch {
            valid = false;
          }
          expect(check(text) === undefined).toBe(valid);
        },
      ),
      { numRuns: 3000, seed: 5 },
    );
  });

  it("need no stack for deep nesting", () => {
    expect(check("[".repeat(1_000_000))).toBe("unexpected end of JSON input");
  });
});
