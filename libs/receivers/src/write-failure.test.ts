import { StorageError } from "@spoor/storage-api";
import { expect, test } from "vitest";
import { encodeRpcStatus, rpcStatusJson } from "./rpc-status.ts";
import { retryAfterSeconds, writeFailure, writeFailureStatus } from "./write-failure.ts";

test.each([
  ["OVERLOADED", 8, 429, 1_000],
  ["UNAVAILABLE", 14, 503, undefined],
  ["CLOSED", 14, 503, undefined],
  ["REJECTED", 3, 400, undefined],
  ["CORRUPT", 13, 500, undefined],
] as const)("%s is told as gRPC %d and HTTP %d", (code, grpcCode, httpStatus, retryAfterMs) => {
  const failure = writeFailure(new StorageError(code, "words"));
  expect(failure).toMatchObject({ grpcCode, httpStatus, retryAfterMs, message: "words" });
});

test("what is no StorageError is told without its words", () => {
  expect(writeFailure(new TypeError("secret"))).toMatchObject({
    grpcCode: 13,
    httpStatus: 500,
    message: "internal error",
  });
});

test("the time to wait goes out as RetryInfo", () => {
  const status = writeFailureStatus(new StorageError("OVERLOADED", "full", { retryAfterMs: 2_500 }));
  expect(Buffer.from(status.details ?? []).toString("latin1")).toContain("google.rpc.RetryInfo");
  // Duration{seconds: 2, nanos: 500000000} at the very end.
  expect(
    Buffer.from(status.details ?? [])
      .subarray(-8)
      .toString("hex"),
  ).toBe("08021080cab5ee01");
  expect(JSON.parse(rpcStatusJson(8, "full", 2_500))).toMatchObject({ code: 8, details: [{ retryDelay: "2.5s" }] });
  expect(retryAfterSeconds(2_500)).toBe(3);
  expect(retryAfterSeconds(1)).toBe(1);
});

test("without it a status is code and message", () => {
  expect(Buffer.from(encodeRpcStatus(3, "no")).toString("hex")).toBe("080312026e6f");
});
