import { describe, expect, it } from "vitest";
import { parseExactJson } from "./exact-json.ts";

describe("JSON with exact numbers", () => {
  it("keeps whole numbers beyond 2^53 as bigints and leaves all others alone", () => {
    expect(
      parseExactJson('{"max":9223372036854775807,"list":[-9223372036854775808, 1],"text":"9223372036854775807"}'),
    ).toEqual({
      max: 9223372036854775807n,
      list: [-9223372036854775808n, 1],
      text: "9223372036854775807",
    });
    expect(parseExactJson('{"a":1795342520123456,"b":1e+21,"c":0.1234567890123456789012}')).toEqual({
      a: 1795342520123456,
      b: 1e21,
      c: 0.12345678901234568,
    });
    expect(parseExactJson("[9007199254740993]")).toEqual([9007199254740993n]);
  });
});
