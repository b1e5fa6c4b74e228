import { describe, expect, test } from "vitest";
import { parseMediaType } from "./media-type.ts";
import { cleanPath, queryValues, splitUrl } from "./url.ts";

describe("media type", () => {
  test.each([
    ["application/x-thrift", "application/x-thrift"],
    [" APPLICATION/JSON ; charset=UTF-8", "application/json"],
    ['text/plain; a="b;c"; d=e;', "text/plain"],
    ["thrift", "thrift"],
  ])("%j is %s", (header, type) => {
    expect(parseMediaType(header)).toBe(type);
  });

  test.each([
    ["", "mime: no media type"],
    [";;", "mime: no media type"],
    ["a/b, c/d", "mime: unexpected content after media subtype"],
    ["a/", "mime: expected token after slash"],
    ["a/b; =", "mime: invalid media parameter"],
    ["a/b; x", "mime: invalid media parameter"],
  ])("%j is refused: %s", (header, reason) => {
    expect(() => parseMediaType(header)).toThrow(reason);
  });
});

describe("paths and queries", () => {
  test.each([
    ["//api/traces", "/api/traces"],
    ["/a/./b/../c/", "/a/c/"],
    ["/../..", "/"],
    ["/", "/"],
  ])("%s is clean as %s", (path, clean) => {
    expect(cleanPath(path)).toBe(clean);
  });

  test.each([
    ["?service=a", ["a"]],
    ["?service=a&service=b", ["a", "b"]],
    ["?service=", [""]],
    ["?service", [""]],
    ["?service=a+b%20%C3%BC", ["a b ü"]],
    ["?service=ü+x%20", ["ü x "]],
    ["?service=%zz", []],
    ["?service=a;b=c", []],
    ["?Service=a", []],
    ["", []],
  ])("%s gives %j", (query, values) => {
    expect(queryValues(query, "service")).toEqual(values);
  });

  test("a target without a query has an empty one", () => {
    expect(splitUrl("/a?b?c")).toEqual({ path: "/a", query: "?b?c" });
    expect(splitUrl("/a")).toEqual({ path: "/a", query: "" });
  });
});
