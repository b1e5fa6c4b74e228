import { describe, expect, it } from "vitest";
import { cleanPath } from "./clean-path.ts";
import { parseDuration } from "./parse-duration.ts";
import { parseBool, parseFloat64, parseHex64, parseInt10 } from "./parse-number.ts";
import { parseRfc3339 } from "./parse-time.ts";
import { parseQuery, unescapeQuery } from "./query-values.ts";
import { parseStringMap } from "./string-map.ts";

/** What a parser makes of a text: its value, or the error's message. */
function outcome(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    return (error as Error).message;
  }
}

describe("numbers", () => {
  it.each([
    ["0", 0n],
    ["+5", 5n],
    ["-5", -5n],
    ["9223372036854775807", 9223372036854775807n],
    ["9223372036854775808", 'strconv.ParseInt: parsing "9223372036854775808": value out of range'],
    ["1_0", 'strconv.ParseInt: parsing "1_0": invalid syntax'],
    ["", 'strconv.ParseInt: parsing "": invalid syntax'],
    ['a"\\\n\u00e9\u0001', 'strconv.ParseInt: parsing "a\\"\\\\\\n\u00e9\\x01": invalid syntax'],
  ])("ParseInt of %j", (text, expected) => {
    expect(outcome(() => parseInt10(text, 64))).toEqual(expected);
  });

  it("a 32-bit number keeps to its range", () => {
    expect(parseInt10("2147483647", 32)).toBe(2147483647n);
    expect(outcome(() => parseInt10("2147483648", 32))).toBe(
      'strconv.ParseInt: parsing "2147483648": value out of range',
    );
    expect(outcome(() => parseInt10("x", 64, "Atoi"))).toBe('strconv.Atoi: parsing "x": invalid syntax');
  });

  it("hex of 64 bits is padded; longer is out of range, zeros in front are not", () => {
    expect(parseHex64("AbC")).toBe("0000000000000abc");
    expect(parseHex64("00000000000000001")).toBe("0000000000000001");
    expect(outcome(() => parseHex64("10000000000000000"))).toContain("value out of range");
    expect(outcome(() => parseHex64("0x1"))).toContain("invalid syntax");
  });

  it("booleans are Go's twelve words", () => {
    expect(["1", "t", "T", "TRUE", "true", "True"].map(parseBool)).toEqual(Array(6).fill(true));
    expect(["0", "f", "F", "FALSE", "false", "False"].map(parseBool)).toEqual(Array(6).fill(false));
    expect(outcome(() => parseBool("yes"))).toBe('strconv.ParseBool: parsing "yes": invalid syntax');
  });

  it("floats are decimal, infinite or not a number", () => {
    expect(["0.95", ".5", "5.", "1e3", "+1", "-Inf", "infinity"].map(parseFloat64)).toEqual([
      0.95,
      0.5,
      5,
      1000,
      1,
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
    expect(parseFloat64("NaN")).toBeNaN();
    expect(outcome(() => parseFloat64(""))).toBe('strconv.ParseFloat: parsing "": invalid syntax');
    expect(outcome(() => parseFloat64("1e999"))).toContain("value out of range");
  });
});

describe("durations", () => {
  it.each<[string, bigint | string]>([
    ["1.5s", 1_500_000_000n],
    ["1h2m", 3_720_000_000_000n],
    ["10µs", 10_000n],
    ["10μs", 10_000n],
    ["1.ms", 1_000_000n],
    [".5s", 500_000_000n],
    ["-5ms", -5_000_000n],
    ["0", 0n],
    ["+0", 0n],
    ["0.0000000001s", 0n],
    ["-9223372036854775808ns", -9223372036854775808n],
    ["9223372036854775808ns", 'time: invalid duration "9223372036854775808ns"'],
    ["5", 'time: missing unit in duration "5"'],
    ["", 'time: invalid duration ""'],
    ["-", 'time: invalid duration "-"'],
    [".s", 'time: invalid duration ".s"'],
    ["1d", 'time: unknown unit "d" in duration "1d"'],
    ["1e3ms", 'time: unknown unit "e" in duration "1e3ms"'],
    ["1é", 'time: unknown unit "\\xc3\\xa9" in duration "1\\xc3\\xa9"'],
  ])("%j", (text, expected) => {
    expect(outcome(() => parseDuration(text))).toEqual(expected);
  });
});

describe("times", () => {
  const layout = '"2006-01-02T15:04:05.999999999Z07:00"';
  it.each<[string, bigint | string]>([
    ["1970-01-01T00:00:00Z", 0n],
    ["2026-11-23T08:37:00.000000001Z", 1795423020000000001n],
    ["2026-11-23T10:37:00+02:00", 1795423020000000000n],
    ["1969-12-31T23:59:59.5Z", -500_000_000n],
    ["123", `parsing time "123" as ${layout}: cannot parse "123" as "2006"`],
    ["", `parsing time "" as ${layout}: cannot parse "" as "2006"`],
    ["2026-11-23", `parsing time "2026-11-23" as ${layout}: cannot parse "" as "T"`],
    ["2026-11-23T08:37:00", `parsing time "2026-11-23T08:37:00" as ${layout}: cannot parse "" as "Z07:00"`],
    ["2026-13-23T08:37:00Z", 'parsing time "2026-13-23T08:37:00Z": month out of range'],
    ["2026-02-30T08:37:00Z", 'parsing time "2026-02-30T08:37:00Z": day out of range'],
    ["2026-11-23T08:37:00Zx", 'parsing time "2026-11-23T08:37:00Zx": extra text: "x"'],
  ])("%j", (text, expected) => {
    expect(outcome(() => parseRfc3339(text))).toEqual(expected);
  });
});

describe("query strings", () => {
  it("keep every value in order and decode plus and percent", () => {
    const query = parseQuery("a=1&b=x+y%2Fz&a=2&c&=v&&d=a=b");
    expect(query.all("a")).toEqual(["1", "2"]);
    expect(query.first("b")).toBe("x y/z");
    expect(query.has("c")).toBe(true);
    expect(query.first("d")).toBe("a=b");
    expect(query.first("missing")).toBe("");
  });

  it("lose pairs with a semicolon or a broken escape, and nothing else", () => {
    const query = parseQuery("service=a;limit=1&service=%zz&x=%4&y=1");
    expect(query.has("service")).toBe(false);
    expect(query.has("x")).toBe(false);
    expect(query.first("y")).toBe("1");
  });

  it("bytes that are no UTF-8 become replacement characters", () => {
    expect(unescapeQuery("%ff%C3%A9")).toBe("\ufffd\u00e9");
    expect(unescapeQuery("%")).toBeUndefined();
  });
});

describe("paths", () => {
  it.each([
    ["/api/services", "/api/services"],
    ["/api/services/", "/api/services/"],
    ["//api//services", "/api/services"],
    ["/api/../api/./services/", "/api/services/"],
    ["/..", "/"],
    ["", "/"],
    ["/.hidden", "/.hidden"],
    ["/a%2F%2Fb", "/a%2F%2Fb"],
  ])("%j is cleaned to %j", (path, expected) => {
    expect(cleanPath(path)).toBe(expected);
  });
});

describe("string maps", () => {
  it("take strings and null, and name what they cannot take", () => {
    expect([...parseStringMap('{"a":"1","b":null,"__proto__":"x"}')]).toEqual([
      ["a", "1"],
      ["b", ""],
      ["__proto__", "x"],
    ]);
    expect(parseStringMap("null").size).toBe(0);
    expect(outcome(() => parseStringMap('{"a":1}'))).toBe("json: cannot unmarshal number into Go value of type string");
    expect(outcome(() => parseStringMap('{"a":[]}'))).toBe("json: cannot unmarshal array into Go value of type string");
    expect(outcome(() => parseStringMap("[]"))).toBe(
      "json: cannot unmarshal array into Go value of type map[string]string",
    );
  });

  it("refuse bad JSON in the words of Go", () => {
    expect(outcome(() => parseStringMap('{"a" 1}'))).toBe("invalid character '1' after object key");
    expect(outcome(() => parseStringMap(""))).toBe("unexpected end of JSON input");
  });
});
