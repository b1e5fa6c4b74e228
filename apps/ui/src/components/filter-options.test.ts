import { describe, expect, it } from "vitest";
import { filterOptions } from "./filter-options.ts";

describe("suggestions", () => {
  const options = ["cart", "Frontend", "my-frontend", "redis"];

  it("are all of them for an empty text, cut at the limit", () => {
    expect(filterOptions(options, " ", 3)).toEqual({ shown: ["cart", "Frontend", "my-frontend"], more: 1 });
  });

  it("contain the text, beginnings first", () => {
    expect(filterOptions(options, "FRONT", 10)).toEqual({ shown: ["Frontend", "my-frontend"], more: 0 });
    expect(filterOptions(options, "x", 10).shown).toEqual([]);
  });
});
