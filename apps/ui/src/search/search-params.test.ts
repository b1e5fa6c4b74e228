import { describe, expect, it } from "vitest";
import { lookbackUs, offeredLookbacks } from "./lookback.ts";
import { fixRange, isRunnable, readSearchQuery, writeSearchQuery } from "./search-params.ts";

const read = (text: string) => readSearchQuery(new URLSearchParams(text));

describe("the search URL", () => {
  it("reads a link of v1", () => {
    const query = read(
      "end=1795423020000000&limit=20&lookback=1h&maxDuration&minDuration=5ms&operation=all&service=frontend&start=1795419420000000&tags=%7B%22http.status_code%22%3A%22200%22%7D",
    );
    expect(query).toMatchObject({
      service: "frontend",
      operation: "",
      lookback: "1h",
      startUs: 1795419420000000,
      endUs: 1795423020000000,
      limit: 20,
      minDuration: "5ms",
      tags: "http.status_code=200",
    });
    expect(isRunnable(query)).toBe(true);
  });

  it("falls back to the defaults on nonsense", () => {
    const query = read("limit=-5&lookback=soon&start=abc&tags=[1]");
    expect(query).toMatchObject({ limit: 20, lookback: "1h", startUs: undefined, tags: "", service: "" });
    expect(isRunnable(query)).toBe(false);
  });

  it("takes start and end alone as a custom range", () => {
    expect(read("service=a&start=1&end=2").lookback).toBe("custom");
  });

  it("merges repeated tag and tags, the latter winning", () => {
    expect(read('tag=a:1&tag=b:x:y&tags={"a":"2"}').tags).toBe("a=2 b=x:y");
  });

  it("comes back the same after being written", () => {
    const query = fixRange({ ...read("service=a b&operation=GET /&lookback=15m"), tags: 'error=true m="x y"' }, 2e15);
    expect(readSearchQuery(writeSearchQuery(query))).toEqual(query);
    expect(query.startUs).toBe(2e15 - 900e6);
  });

  it("carries trace ids", () => {
    const query = read("traceID=a&traceID=b");
    expect(query.traceIds).toEqual(["a", "b"]);
    expect(writeSearchQuery(query).getAll("traceID")).toEqual(["a", "b"]);
  });
});

describe("lookbacks", () => {
  it("are offered up to the configured longest", () => {
    expect(offeredLookbacks("2d").at(-1)?.value).toBe("2d");
    expect(offeredLookbacks("4w")).toHaveLength(16);
  });

  it("are read in minutes, hours, days and weeks", () => {
    expect(lookbackUs("2w")).toBe(2 * 7 * 86_400e6);
    expect(lookbackUs("custom")).toBeUndefined();
  });
});
