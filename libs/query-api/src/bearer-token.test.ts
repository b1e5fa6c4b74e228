import { expect, test } from "vitest";
import { bearerTokenOf } from "./bearer-token.ts";

test("a request's token is read by v1's rules", () => {
  expect(bearerTokenOf({ authorization: "Bearer abc" })).toBe("abc");
  expect(bearerTokenOf({ authorization: "abc" })).toBe("abc");
  expect(bearerTokenOf({ authorization: "Basic dXNlcjpwdw==" })).toBeUndefined();
  expect(bearerTokenOf({ authorization: "Bearer a b" })).toBeUndefined();
  expect(bearerTokenOf({})).toBeUndefined();
  expect(bearerTokenOf({ "x-forwarded-access-token": "Bearer proxied" })).toBe("proxied");
  expect(bearerTokenOf({ "bearer.token": "meta" })).toBe("meta");
  expect(bearerTokenOf({ authorization: "Basic x", "x-forwarded-access-token": "Bearer y" })).toBeUndefined();
});
