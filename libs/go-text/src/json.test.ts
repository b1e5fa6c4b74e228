import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { goJsonFloat, goJsonString } from "./json.ts";

describe("JSON strings", () => {
  it("are escaped as Go's json.Marshal does", () => {
    expect(goJsonString('<a href="x">&\u2028\u2029\u0000\b\f\n\r\t\u001f\u007f\\')).toBe(
      '"\\u003ca href=\\"x\\"\\u003e\\u0026\\u2028\\u2029\\u0000\\b\\f\\n\\r\\t\\u001f\u007f\\\\"',
    );
  });

  it("are escaped the same when they are long", () => {
    const text = '<a>&\u2028"'.repeat(500);
    expect(goJsonString(text)).toBe(`"${'\\u003ca\\u003e\\u0026\\u2028\\"'.repeat(500)}"`);
  });

  it("keep pairs of surrogates and replace lone ones", () => {
    expect(goJsonString("\u{1f436}")).toBe('"\u{1f436}"');
    expect(goJsonString("\ud800x\udc00")).toBe('"\ufffdx\ufffd"');
  });

  it("any text reads back as itself", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff)), (units) => {
        const text = String.fromCharCode(...units);
        expect(JSON.parse(goJsonString(text))).toBe(text.toWellFormed());
      }),
      { seed: 1 },
    );
  });
});

describe("JSON numbers", () => {
  it.each([
    [0, "0"],
    [-0, "-0"],
    [1e21, "1e+21"],
    [1e20, "100000000000000000000"],
    [0.000001, "0.000001"],
    [1e-7, "1e-7"],
    [5e-324, "5e-324"],
  ])("%d is written %s", (value, expected) => {
    expect(goJsonFloat(value)).toBe(expected);
  });
});
