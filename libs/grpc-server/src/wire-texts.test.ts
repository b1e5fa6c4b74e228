import { describe, expect, test } from "vitest";
import { encodeGrpcMessage } from "./status.ts";
import { parseGrpcTimeout } from "./timeout.ts";

describe("grpc-message", () => {
  test.each([
    ["plain words: 100 (1 vs. 2)", "plain words: 100 (1 vs. 2)"],
    ["50% of ü\n", "50%25 of %C3%BC%0A"],
    ["", ""],
  ])("%j becomes %j", (text, encoded) => {
    expect(encodeGrpcMessage(text)).toBe(encoded);
    expect(decodeURIComponent(encoded)).toBe(text);
  });

  test("is cut before it bursts a client's header limit", () => {
    expect(encodeGrpcMessage("x".repeat(100_000))).toHaveLength(4096);
  });
});

describe("grpc-timeout", () => {
  test.each([
    ["10S", 10_000],
    ["1H", 3_600_000],
    ["250m", 300],
    ["1n", 100],
    ["9998765u", 10_000],
    ["99999999H", 2 ** 31 - 1],
  ])("%s is %d ms, rounded up", (value, ms) => {
    expect(parseGrpcTimeout(value)).toBe(ms);
  });

  test.each([
    ["S", 'transport: timeout string is too short: "S"'],
    ["1234567890", 'transport: timeout string is too long: "1234567890"'],
    ["10x", 'transport: timeout unit is not recognized: "10x"'],
    ["-1S", 'strconv.ParseUint: parsing "-1": invalid syntax'],
  ])("%s is refused in grpc-go's words", (value, reason) => {
    expect(parseGrpcTimeout(value)).toBe(reason);
  });
});
