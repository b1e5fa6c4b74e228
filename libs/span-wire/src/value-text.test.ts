import { describe, expect, it } from "vitest";
import { formatFloat, valueText } from "./value-text.ts";

describe("value text", () => {
  it.each([
    [0, "0"],
    [-0, "-0"],
    [1, "1"],
    [100, "100"],
    [-2.5, "-2.5"],
    [0.1, "0.1"],
    [1 / 3, "0.3333333333"],
    [123456789.12345679, "123456789.1"],
    [9999999999, "9999999999"],
    [1e10, "1e+10"],
    [12345678905, "1.23456789e+10"],
    [12345678915, "1.234567892e+10"],
    [99999999995, "1e+11"],
    [1e20, "1e+20"],
    [1e21, "1e+21"],
    [1.5e300, "1.5e+300"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [0.000012345678901, "1.23456789e-05"],
    [5e-324, "4.940656458e-324"],
    [Number.MAX_VALUE, "1.797693135e+308"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "+Inf"],
    [Number.NEGATIVE_INFINITY, "-Inf"],
  ])("writes the float %d as Go's %%.10g", (value, text) => {
    expect(formatFloat(value)).toBe(text);
  });

  it("writes the other types as v1 does", () => {
    expect(valueText({ key: "", type: "string", value: "a b" })).toBe("a b");
    expect(valueText({ key: "", type: "bool", value: true })).toBe("true");
    expect(valueText({ key: "", type: "int64", value: -(2n ** 63n) })).toBe("-9223372036854775808");
    expect(valueText({ key: "", type: "binary", value: Uint8Array.of(0, 171, 255) })).toBe("00abff");
    expect(valueText({ key: "", type: "unknown", code: 9 })).toBe("unknown type 9");
  });
});
