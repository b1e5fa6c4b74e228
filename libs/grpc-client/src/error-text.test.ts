import { expect, test } from "vitest";
import { grpcErrorText } from "./error-text.ts";

test("an error of the connection is told in its own words", () => {
  const details =
    "round_robin: No connection established. Last error: No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1. Resolution note: ";
  expect(grpcErrorText(Object.assign(new Error(`14 UNAVAILABLE: ${details}`), { code: 14, details }))).toBe(
    "UNAVAILABLE: connect ECONNREFUSED 127.0.0.1:1",
  );
  expect(grpcErrorText(Object.assign(new Error("bad"), { code: 3, details: "bad" }))).toBe("INVALID_ARGUMENT: bad");
  expect(grpcErrorText(new Error("stopped"))).toBe("stopped");
});
