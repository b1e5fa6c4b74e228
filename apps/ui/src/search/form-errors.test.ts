import { describe, expect, it } from "vitest";
import { validateSearch } from "./form-errors.ts";
import { readSearchQuery } from "./search-params.ts";

const check = (text: string, extra = {}) =>
  validateSearch({ ...readSearchQuery(new URLSearchParams(text)), ...extra }, 1500);

describe("the search form", () => {
  it("lets a sound search run", () => {
    expect(check("service=a&minDuration=1ms&maxDuration=1s")).toEqual({});
  });

  it("names each field that is wrong", () => {
    expect(Object.keys(check("minDuration=5&maxDuration=x", { tags: 'a="', limit: Number.NaN }))).toEqual([
      "service",
      "tags",
      "minDuration",
      "maxDuration",
      "limit",
    ]);
    expect(check("service=a&minDuration=2s&maxDuration=1s").maxDuration).toContain("less");
    expect(check("service=a&limit=5000").limit).toContain("1500");
  });

  it("wants a custom range in order", () => {
    expect(Object.keys(check("service=a&lookback=custom"))).toEqual(["startUs", "endUs"]);
    expect(check("service=a&lookback=custom&start=20&end=10").endUs).toContain("after");
  });
});
