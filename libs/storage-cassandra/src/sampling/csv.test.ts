import { describe, expect, test } from "vitest";
import { plainDecimal, readCsv, writeCsv } from "./csv.ts";

describe("CSV", () => {
  test("keeps commas, quotes and line breaks", () => {
    const rows = [
      ["svc", "GET /a", "4", "0.100000,0.500000"],
      ['say "x"', "line\nbreak", "", " space"],
    ];
    const text = writeCsv(rows);
    expect(text).toBe('svc,GET /a,4,"0.100000,0.500000"\n"say ""x""","line\nbreak",," space"\n');
    expect(readCsv(text)).toEqual(rows);
  });

  test("is read with or without a last line end", () => {
    expect(readCsv("a,b\r\n\nc")).toEqual([["a", "b"], ["c"]]);
    expect(readCsv("")).toEqual([]);
  });
});

test.each([
  [0.5, "0.5"],
  [1e-7, "0.0000001"],
  [-1.25e-9, "-0.00000000125"],
  [1e21, "1000000000000000000000"],
  [123456, "123456"],
])("%d is written without an exponent", (value, text) => {
  expect(plainDecimal(value)).toBe(text);
});
